import type { Publisher } from '@findata/core'
import type { KnackSettings } from '../env.ts'
import type { KnackDestination } from '../mapping.ts'
import { openKnackTarget } from './knack-target.ts'

export interface KnackPublisherOptions {
  /** For one whole answer; 30 s unless given. */
  readonly timeoutMs?: number
}

/** Publishes to the objects of one Knack app; opens no connection before a target is opened. */
export function createKnackPublisher(
  destination: KnackDestination,
  settings: KnackSettings,
  options: KnackPublisherOptions = {},
): Publisher {
  return {
    destination: destination.name,
    openTarget: (recordType, target) =>
      openKnackTarget({ destination, settings, ...options }, recordType, target),
  }
}
