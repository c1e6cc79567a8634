import {
  type DateTime,
  dayNumber,
  instantInZone,
  localOf,
  momentOfClock,
  offsetAt,
  parseDateTime,
  parseInstant,
  SECONDS_PER_DAY,
  secondsOf,
} from './calendar.ts'
import { type Compiled, strict } from './compiled.ts'
import { convert } from './conversion.ts'
import type { CompileContext } from './scope.ts'
import { groupOf, NUMBER, timestamp } from './types.ts'

const EPOCH_SECONDS = dayNumber(1970, 1, 1) * SECONDS_PER_DAY

/** The milliseconds of a moment on the server's clock, whole ones; a wall clock is taken to be in the zone of SYSDATE. */
export function clockTime(value: Compiled, context: CompileContext, position: number): Compiled {
  const isInstant = groupOf(value.type) === 'instant'
  const moment = isInstant ? value : convert(value, timestamp(9), context, position)
  return strict([moment], NUMBER, (text) => {
    const { utc } = isInstant
      ? parseInstant(text)
      : instantInZone(parseDateTime(text), context.databaseTimeZone)
    return String((secondsOf(utc) - EPOCH_SECONDS) * 1000 + Math.floor(utc.nanoseconds / 1_000_000))
  })
}

/** What the server's wall clock showed. */
export function wallClock(time: Date, zone: string): DateTime {
  const utc = momentOfClock(time)
  return localOf({ utc, offsetMinutes: offsetAt(zone, utc) })
}
