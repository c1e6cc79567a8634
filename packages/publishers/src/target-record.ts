import type { Value } from '@findata/core'

/** An entity in the destination's form: values in the order of the target's fields, generated ones included. */
export interface WantedRecord {
  /** The readable key: `2400 / 2400002000`. */
  readonly key: string
  readonly values: readonly Value[]
}

/** A record as the destination has it, in the same order and form. */
export interface PresentRecord {
  readonly id: string
  readonly values: readonly Value[]
}
