/** A part of the work, finished or still to come, and the numbered behaviours in it. */
export interface Area {
  readonly name: string
  /** In a finished area every behaviour needs a passing test or a reason; in the others it needs nothing yet. */
  readonly isFinished: boolean
  readonly behaviours: Readonly<Record<BehaviourId, Behaviour>>
}

/** `A…` comes from the scripts that fed S3, Knack and Socrata, `B…` from the job that fed BigQuery. */
export type BehaviourId = `${'A' | 'B'}${number}`

export interface Behaviour {
  readonly title: string
  /** What findata does, and what a test whose title begins with the id holds. */
  readonly does: string
  /** What went wrong in the old scripts, where their behaviour was a bug rather than a choice. */
  readonly oldBug?: string
  /** Why no test can hold it. */
  readonly reasonWithoutTest?: string
}
