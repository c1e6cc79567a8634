/** A Knack app as its own metadata describes it. */
export interface KnackApp {
  readonly id: string
  readonly name: string
  readonly slug: string
  readonly accountSlug: string
  /** As Knack shows it: `Central Time (US & Canada)`. */
  readonly timeZoneName: string
  /** IANA; undefined where the name is not known. */
  readonly timeZone: string | undefined
  readonly objects: readonly KnackObject[]
}

export interface KnackObject {
  /** `object_86` */
  readonly key: string
  readonly name: string
  readonly fields: readonly KnackField[]
}

export interface KnackField {
  /** `field_1276` */
  readonly key: string
  readonly name: string
  /** Knack's own name of the type: `short_text`. */
  readonly type: string
  readonly isRequired: boolean
  readonly isUnique: boolean
  /** A choice of several, or a connection to several. */
  readonly isMultiple: boolean
  /** Of a multiple choice. */
  readonly options?: readonly string[]
}
