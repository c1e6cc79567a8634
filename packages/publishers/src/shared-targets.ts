import type { Mistake } from '@findata/core'
import { z } from 'zod'
import type { Destination, KnackConnection } from './mapping.ts'

/**
 * Mistakes for all that fills an object or a dataset which something before it fills already: each would take the records of the other
 * for ones that left, or write over them.
 */
export function sharedTargets(destinations: readonly Destination[]): readonly Mistake[] {
  const filled = destinations.flatMap((destination) =>
    Object.entries(destination.recordTypes).map(([recordType, { target }]) => ({
      destination,
      target,
      path: z.core.toDotPath(['destinations', destination.name, 'recordTypes', recordType, 'target']),
    })),
  )
  return filled.flatMap(({ destination, target, path }, place) => {
    const first = filled
      .slice(0, place)
      .find((other) => isSame(other.target, target) && isSamePlace(other.destination, destination))
    if (!first) return []
    const message = `is ${[target].flat().join(' or ')}, which ${first.path} fills already: take another target, or leave one of them out`
    return [{ path, message }]
  })
}

function isSamePlace(a: Destination, b: Destination): boolean {
  if (a.name === b.name) return true
  if (a.kind === 'knack') return b.kind === 'knack' && isSameApp(a.connection, b.connection)
  return b.kind === 'socrata' && isSame(a.connection.domain, b.connection.domain)
}

/**
 * By what both say of their app, or else by where its id comes from: one variable may name another app in each run, and several apps
 * may have one name.
 */
function isSameApp(a: KnackConnection, b: KnackConnection): boolean {
  const known = (['id', 'slug', 'name'] as const).filter(
    (part) => a.app[part] !== undefined && b.app[part] !== undefined,
  )
  if (known.some((part) => a.app[part] !== b.app[part])) return false
  return known.some((part) => part !== 'name') || isSame(a.appId, b.appId)
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
