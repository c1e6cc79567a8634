import { type ErrorCode, PipelineError, TerminalError, TransientError } from '@findata/core'

/** What was being done when an error came: "write task_orders.json in bucket finance". */
export interface StoreAction {
  readonly verb: 'read' | 'write' | 'list' | 'delete' | 'lock' | 'look at'
  readonly bucket: string
  readonly key?: string
}

interface Translation {
  readonly isTransient?: boolean
  readonly code: ErrorCode
  readonly why: string
  readonly next: string
}

const TRY_AGAIN = 'Start the same command again later.'
const CHECK_KEYS = 'Check the profile, role or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in use.'
const RENEW = 'Get new temporary credentials (sign in again, or refresh the role) and start again.'

const BUSY: Translation = {
  isTransient: true,
  code: 'STORE_BUSY',
  why: 'the store is throttling or failing',
  next: TRY_AGAIN,
}
const UNREACHABLE: Translation = {
  isTransient: true,
  code: 'STORE_UNREACHABLE',
  why: 'the store did not answer, or the connection broke',
  next: `Check the network and AWS_ENDPOINT_URL_S3. ${TRY_AGAIN}`,
}
const UNTRUSTED: Translation = {
  code: 'STORE_UNREACHABLE',
  why: "the store's TLS certificate is not trusted",
  next: 'Check AWS_ENDPOINT_URL_S3, or name the certificate authority in NODE_EXTRA_CA_CERTS.',
}
const EXPIRED: Translation = {
  code: 'STORE_CREDENTIALS_REFUSED',
  why: 'the credentials have expired',
  next: RENEW,
}
const NO_CREDENTIALS: Translation = {
  code: 'STORE_CREDENTIALS_REFUSED',
  why: 'no AWS credentials were found in the default chain',
  next: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where a role is attached.',
}
const FORBIDDEN: Translation = {
  code: 'STORE_PERMISSION_REFUSED',
  why: 'the credentials may not do this',
  next: 'Give their role or user the permissions on this bucket and prefix that the README of s3-store lists.',
}
const WRONG_REGION: Translation = {
  code: 'ENVIRONMENT_INVALID',
  why: 'the bucket is in another region',
  next: 'Set AWS_REGION to the region of the bucket.',
}
const CONFLICT: Translation = {
  code: 'STORE_CONFLICT',
  why: 'somebody else wrote it in the meantime',
  next: 'Nothing of theirs was replaced. See what is there now, then start again.',
}
const DAMAGED_ON_THE_WAY: Translation = {
  isTransient: true,
  code: 'STORE_UNREACHABLE',
  why: 'the bytes changed on their way',
  next: `Check proxies between here and the store. ${TRY_AGAIN}`,
}

const BY_CODE: Readonly<Record<string, Translation>> = {
  NoSuchBucket: {
    code: 'STORE_BUCKET_MISSING',
    why: 'the bucket is not there',
    next: 'Check BUCKET, AWS_REGION and AWS_ENDPOINT_URL_S3, or create the bucket.',
  },
  InvalidAccessKeyId: {
    code: 'STORE_CREDENTIALS_REFUSED',
    why: 'the store does not know the access key',
    next: CHECK_KEYS,
  },
  SignatureDoesNotMatch: {
    code: 'STORE_CREDENTIALS_REFUSED',
    why: 'the secret key does not belong to the access key',
    next: CHECK_KEYS,
  },
  RequestTimeTooSkewed: {
    code: 'STORE_CREDENTIALS_REFUSED',
    why: 'the clock of this machine is wrong, so its signatures are refused',
    next: 'Set the clock (NTP) and start again.',
  },
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  InvalidToken: EXPIRED,
  CredentialsProviderError: NO_CREDENTIALS,
  TokenProviderError: EXPIRED,
  AccessDenied: FORBIDDEN,
  AllAccessDisabled: FORBIDDEN,
  AccountProblem: FORBIDDEN,
  Forbidden: FORBIDDEN,
  PermanentRedirect: WRONG_REGION,
  TemporaryRedirect: WRONG_REGION,
  AuthorizationHeaderMalformed: WRONG_REGION,
  IllegalLocationConstraintException: WRONG_REGION,
  NoSuchKey: {
    code: 'SNAPSHOT_MISSING',
    why: 'it is not there',
    next: 'See `s3-cli list` for what the bucket holds.',
  },
  NotFound: {
    code: 'SNAPSHOT_MISSING',
    why: 'it is not there',
    next: 'See `s3-cli list` for what the bucket holds.',
  },
  NoSuchUpload: {
    code: 'STORE_CONFLICT',
    why: 'its unfinished upload is gone, removed by another run or a lifecycle rule',
    next: 'Start again.',
  },
  PreconditionFailed: CONFLICT,
  // S3 asks for another attempt when two conditional writes met.
  ConditionalRequestConflict: { ...CONFLICT, isTransient: true },
  OperationAborted: { ...CONFLICT, isTransient: true },
  NotImplemented: {
    code: 'STORE_UNSUPPORTED',
    why: 'the store does not know this operation',
    next: 'Use a store with conditional writes and multipart uploads; `s3-cli doctor` tells what is missing.',
  },
  InvalidRange: {
    code: 'FILE_INVALID',
    why: 'it is shorter than its manifest says',
    next: 'Restore the object, or roll back to another snapshot.',
  },
  BadDigest: DAMAGED_ON_THE_WAY,
  XAmzContentSHA256Mismatch: DAMAGED_ON_THE_WAY,
  IncompleteBody: DAMAGED_ON_THE_WAY,
  SlowDown: BUSY,
  ServiceUnavailable: BUSY,
  InternalError: BUSY,
  RequestTimeout: BUSY,
  ThrottlingException: BUSY,
  TimeoutError: UNREACHABLE,
  ECONNREFUSED: UNREACHABLE,
  ECONNRESET: UNREACHABLE,
  ECONNABORTED: UNREACHABLE,
  EPIPE: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  ERR_STREAM_PREMATURE_CLOSE: UNREACHABLE,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: UNTRUSTED,
}

/** For answers without a code, such as those to HEAD. */
const BY_STATUS: Readonly<Record<number, Translation | undefined>> = {
  301: WRONG_REGION,
  307: WRONG_REGION,
  401: FORBIDDEN,
  403: FORBIDDEN,
  404: BY_CODE.NotFound,
  409: { ...CONFLICT, isTransient: true },
  412: CONFLICT,
  429: BUSY,
  501: BY_CODE.NotImplemented,
}

/** An error of the SDK as ours, with its fate and the next step (also alone in `details.nextStep`); what is not the store's passes untouched. */
export function toStoreError(cause: unknown, action: StoreAction): unknown {
  if (!(cause instanceof Error) || cause instanceof PipelineError || cause.name === 'AbortError') return cause
  const { $metadata: answer = {}, code } = cause as Error & {
    readonly code?: unknown
    readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
  }
  const status = answer.httpStatusCode
  const translation =
    (typeof code === 'string' ? BY_CODE[code] : undefined) ??
    BY_CODE[cause.name] ??
    byMessage(cause.message) ??
    (status === undefined ? undefined : (BY_STATUS[status] ?? (status >= 500 ? BUSY : undefined)))
  if (!translation) return cause

  const what = action.key ? `${action.key} in bucket ${action.bucket}` : `bucket ${action.bucket}`
  const shown = typeof code === 'string' ? code : cause.name
  const request = answer.requestId ? `, request id ${answer.requestId}` : ''
  const message = `Could not ${action.verb} ${what}: ${translation.why} (${shown}${request}). ${translation.next}`
  const details = {
    bucket: action.bucket,
    ...(action.key !== undefined && { key: action.key }),
    storeCode: shown,
    nextStep: translation.next,
    ...(status !== undefined && { httpStatus: status }),
    ...(answer.requestId && { requestId: answer.requestId }),
  }
  return translation.isTransient
    ? new TransientError(translation.code, message, { cause, details })
    : new TerminalError(translation.code, message, { cause, details })
}

/** The SDK has no code for these. */
function byMessage(message: string): Translation | undefined {
  if (message.startsWith('Region is missing')) {
    return {
      code: 'ENVIRONMENT_INVALID',
      why: 'no region is set',
      next: 'Set AWS_REGION to the region of the bucket.',
    }
  }
  if (message.includes('Deserialization error:')) return DAMAGED_ON_THE_WAY
  if (message.startsWith('Checksum mismatch')) {
    return {
      isTransient: true,
      code: 'FILE_INVALID',
      why: 'its bytes do not match the checksum that the store keeps',
      next: 'Restore the object, or roll back to another snapshot.',
    }
  }
  return undefined
}

/** Whether a conditional write found the object other than expected. */
export function isConflict(error: unknown): boolean {
  return error instanceof PipelineError && error.code === 'STORE_CONFLICT'
}

/** Whether the object, or the unfinished upload, is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof PipelineError && error.code === 'SNAPSHOT_MISSING'
}
