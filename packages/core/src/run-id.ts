import { randomBytes } from 'node:crypto'

const RUN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/

/**
 * A new name for a run, such as `20261122T133643Z-1a2b3c4d`: sorted as text, runs are sorted by the millisecond they began, which
 * is in the first ten bits of the digits at the end; the others are random.
 */
export function createRunId(now: Date, random: (bytes: number) => Uint8Array = randomBytes): string {
  const second = now.toISOString().slice(0, 19).replace(/[-:]/g, '')
  const rest = Buffer.from(random(4)).readUInt32BE() >>> 10
  const digits = now.getUTCMilliseconds() * 2 ** 22 + rest
  return `${second}Z-${digits.toString(16).padStart(8, '0')}`
}

export function isRunId(text: string): boolean {
  return RUN_ID.test(text)
}
