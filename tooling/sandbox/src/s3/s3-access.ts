import type { S3Permission } from './s3-operations.ts'

/** What one key may do with one bucket. */
export type BucketAccess =
  | 'read-write'
  | 'read-only'
  | 'forbidden'
  | { readonly denied: readonly S3Permission[] }

export interface BucketOptions {
  readonly name: string
  /** By access key id; a key that is not named may do everything. */
  readonly access?: Readonly<Record<string, BucketAccess>>
}

/** Whether that access lets a call through; reading includes listing. */
export function allows(access: BucketAccess | undefined, permission: S3Permission): boolean {
  switch (access) {
    case undefined:
    case 'read-write':
      return true
    case 'forbidden':
      return false
    case 'read-only':
      return permission.startsWith('s3:Get') || permission.startsWith('s3:List')
    default:
      return !access.denied.includes(permission)
  }
}
