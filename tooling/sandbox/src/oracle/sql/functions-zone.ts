import {
  type DateTime,
  formatInstant,
  formatOffset,
  formatTimestamp,
  instantInZone,
  inZone,
  localOf,
  offsetAt,
  parseDateTime,
  parseInstant,
} from './calendar.ts'
import { type Compiled, constant, strict } from './compiled.ts'
import { instantAt } from './conversion.ts'
import { oracleError } from './errors.ts'
import { argument, textArgument } from './function-arguments.ts'
import type { Call, SqlFunction } from './functions.ts'
import { addNumbers, divideNumbers } from './number-arithmetic.ts'
import {
  fractionalDigitsOf,
  groupOf,
  NUMBER,
  type TypeGroup,
  timestamp,
  timestampWithTimeZone,
  varchar2,
} from './types.ts'

/** The wall clock that EXTRACT reads: of an instant with a zone in UTC, of one without in the session's zone. */
function extractedMoment(group: TypeGroup, sessionZone: string): (value: string) => DateTime {
  return group === 'localInstant'
    ? (value) => localOf(inZone(parseDateTime(value), sessionZone))
    : parseDateTime
}

const EVERY: readonly TypeGroup[] = ['date', 'timestamp', 'instant', 'localInstant']
const WITH_TIME: readonly TypeGroup[] = ['timestamp', 'instant', 'localInstant']

function extracting(of: (moment: DateTime) => string, groups: readonly TypeGroup[]): SqlFunction {
  return {
    min: 1,
    max: 1,
    compile(call) {
      const source = argument(call, 0)
      const group = groupOf(source.type)
      if (!groups.includes(group)) throw oracleError(30076, call.position)
      const moment = extractedMoment(group, call.context.session.timeZone)
      return strict([source], NUMBER, (value) => of(moment(value)))
    },
  }
}

function extractingZone(of: (offsetMinutes: number) => number): SqlFunction {
  return {
    min: 1,
    max: 1,
    compile(call) {
      const source = argument(call, 0)
      if (groupOf(source.type) !== 'instant') throw oracleError(30076, call.position)
      return strict([source], NUMBER, (value) => String(of(parseInstant(value).offsetMinutes)))
    },
  }
}

function compileFromTz(call: Call): Compiled {
  const source = argument(call, 0)
  if (groupOf(source.type) !== 'timestamp')
    throw oracleError(30175, call.position, 'invalid type given for an argument')
  return strict(
    [source, textArgument(call, 1)],
    timestampWithTimeZone(fractionalDigitsOf(source.type, 6)),
    (value, zone) => formatInstant(instantInZone(parseDateTime(value), zone)),
  )
}

/** Time zones: asking for them, giving them to a timestamp, taking them away, and the fields of a moment. */
export const zoneFunctions: Readonly<Record<string, SqlFunction>> = {
  DBTIMEZONE: {
    min: 0,
    max: 0,
    isBare: true,
    compile: ({ context }) => constant(varchar2(6), context.databaseTimeZone),
  },
  SESSIONTIMEZONE: {
    min: 0,
    max: 0,
    isBare: true,
    compile: ({ context }) => constant(varchar2(75), context.session.timeZone),
  },
  SYS_EXTRACT_UTC: {
    min: 1,
    max: 1,
    compile(call) {
      const source = argument(call, 0)
      const type = timestamp(fractionalDigitsOf(source.type, 0))
      switch (groupOf(source.type)) {
        case 'instant':
          return strict([source], type, (value) => formatTimestamp(parseInstant(value).utc))
        case 'localInstant':
          return strict([source], type, (value) => value.slice(0, -1))
        case 'timestamp':
          return strict([source], type, (value) =>
            formatTimestamp(instantInZone(parseDateTime(value), call.context.session.timeZone).utc),
          )
        default:
          throw oracleError(30175, call.position, 'invalid type given for an argument')
      }
    },
  },
  FROM_TZ: { min: 2, max: 2, compile: compileFromTz },
  TZ_OFFSET: {
    min: 1,
    max: 1,
    compile: (call) =>
      strict([textArgument(call, 0)], varchar2(7), (zone) =>
        formatOffset(offsetAt(zone, instantAt(call.context.now, '+00:00').utc)),
      ),
  },
  'EXTRACT YEAR': extracting(({ year }) => String(year), EVERY),
  'EXTRACT MONTH': extracting(({ month }) => String(month), EVERY),
  'EXTRACT DAY': extracting(({ day }) => String(day), EVERY),
  'EXTRACT HOUR': extracting(({ hour }) => String(hour), WITH_TIME),
  'EXTRACT MINUTE': extracting(({ minute }) => String(minute), WITH_TIME),
  'EXTRACT SECOND': extracting(
    ({ second, nanoseconds }) => addNumbers(String(second), divideNumbers(String(nanoseconds), '1000000000')),
    WITH_TIME,
  ),
  'EXTRACT TIMEZONE_HOUR': extractingZone((minutes) => Math.trunc(minutes / 60)),
  'EXTRACT TIMEZONE_MINUTE': extractingZone((minutes) => minutes % 60),
}
