import {
  type DateTime,
  dateOfDay,
  dayNumber,
  daysInMonth,
  formatDate,
  formatInstant,
  formatTimestamp,
  localOf,
  parseDateTime,
  SECONDS_PER_DAY,
  secondsOf,
  addMonths as shiftMonths,
  shiftSeconds,
} from './calendar.ts'
import { type Compiled, constant, rememberLatest, strict } from './compiled.ts'
import {
  convert,
  defaultFormat,
  instantAt,
  integerOf,
  momentToFormat,
  refuseOtherCalendar,
  scanMoment,
  withDecimalMark,
} from './conversion.ts'
import { compileDateFormat } from './date-format.ts'
import { inconsistentTypes, oracleError, unimplemented } from './errors.ts'
import { argument, hasArgument, numberArgument, textArgument } from './function-arguments.ts'
import type { Call, SqlFunction } from './functions.ts'
import { zoneFunctions } from './functions-zone.ts'
import { addNumbers, divideNumbers, roundNumber } from './number-arithmetic.ts'
import { compileNumberFormat, numberToText, usesDecimalMark } from './number-format.ts'
import { intervalLiteral } from './temporal-literals.ts'
import { orNull } from './text-values.ts'
import {
  DATE,
  DAY_TO_SECOND,
  fractionalDigitsOf,
  groupOf,
  isNational,
  MAX_VARCHAR2_BYTES,
  NUMBER,
  type SqlType,
  type TypeGroup,
  textSize,
  timestamp,
  timestampWithTimeZone,
  typeLabel,
  varchar2,
  YEAR_TO_MONTH,
} from './types.ts'

const UNKNOWN_FORMAT_SIZE = 256
const dateArgument = (call: Call, index: number): Compiled =>
  convert(argument(call, index), DATE, call.context, call.position)

function compileToChar(call: Call): Compiled {
  const source = argument(call, 0)
  const group = groupOf(source.type)
  refuseParameters(call)
  switch (group) {
    case 'text':
    case 'clob':
    case 'null':
    case 'raw':
    case 'rowid':
      if (hasArgument(call, 1))
        return compileToChar({ ...call, args: [numberArgument(call, 0), argument(call, 1)] })
      return toDatabaseText(convert(source, varchar2(MAX_VARCHAR2_BYTES), call.context, call.position), call)
    case 'number': {
      const { session } = call.context
      if (!hasArgument(call, 1))
        return strict([source], varchar2(40), (value) => withDecimalMark(numberToText(value), session))
      const model = textArgument(call, 1)
      const formatOf = rememberLatest(compileNumberFormat)
      return strict([source, model], varchar2(formattedSize(model, compileNumberFormat)), (value, format) => {
        const text = formatOf(format).format(value)
        return isPinned(call, 'NLS_NUMERIC_CHARACTERS') || !usesDecimalMark(format)
          ? text
          : withDecimalMark(text, session)
      })
    }
    case 'date':
    case 'timestamp':
    case 'instant':
    case 'localInstant': {
      const digits = fractionalDigitsOf(source.type, 0)
      const toFormat = (text: string) => compileDateFormat(refuseFraction(text, group, call), digits)
      const model = hasArgument(call, 1)
        ? textArgument(call, 1)
        : constant(varchar2(64), defaultFormat(group, call.context.session))
      const formatOf = rememberLatest(toFormat)
      const { session } = call.context
      const calendar = isPinned(call, 'NLS_CALENDAR') ? 'GREGORIAN' : session.calendar
      const moment = momentToFormat(group, session, calendar)
      return strict([source, model], varchar2(formattedSize(model, toFormat)), (value, format) =>
        orNull(formatOf(format).format(moment(value))),
      )
    }
    default:
      throw inconsistentTypes('NUMBER', typeLabel(source.type), call.position)
  }
}

/** Always VARCHAR2; what Oracle does with national text that takes more bytes than that holds is not known here. */
function toDatabaseText(text: Compiled, { position }: Call): Compiled {
  if (text.type.name === 'VARCHAR2') return text
  return strict([text], varchar2(textSize(text.type)), (value) => {
    if (isNational(text.type) && Buffer.byteLength(value) > MAX_VARCHAR2_BYTES)
      throw unimplemented(`TO_CHAR of national text of more than ${MAX_VARCHAR2_BYTES} bytes`, position)
    return value
  })
}

/** Of the NLS parameters only those that change nothing here are known. */
export function refuseParameters(call: Call): void {
  if (!hasArgument(call, 2)) return
  const parameters = argument(call, 2)
  const text = parameters.isConstant ? parameters.evaluate() : null
  if (
    text === null ||
    !/^\s*(NLS_CALENDAR\s*=\s*'?GREGORIAN'?|NLS_DATE_LANGUAGE\s*=\s*'?(AMERICAN|ENGLISH)'?|NLS_NUMERIC_CHARACTERS\s*=\s*'\.,')\s*$/i.test(
      text,
    )
  ) {
    throw unimplemented(`NLS parameters ${text ?? 'that are not constant'}`, call.position)
  }
}

/** Whether the call itself says what the session otherwise would. */
export function isPinned(call: Call, parameter: string): boolean {
  return hasArgument(call, 2) && (argument(call, 2).evaluate() ?? '').toUpperCase().includes(parameter)
}

/** A DATE has no fraction and no zone to show. */
function refuseFraction(model: string, group: TypeGroup, call: Call): string {
  const withoutQuotes = model.replace(/"[^"]*"/g, '')
  if (group === 'date' && /FF\d?|TZ[HMR]/i.test(withoutQuotes)) throw oracleError(1821, call.position)
  if (group === 'timestamp' && /TZ[HMR]/i.test(withoutQuotes))
    throw unimplemented('the session time zone in the text of a TIMESTAMP', call.position)
  return model
}

function formattedSize(model: Compiled, compile: (model: string) => { readonly maxLength: number }): number {
  const known = model.isConstant ? model.evaluate() : null
  return known === null ? UNKNOWN_FORMAT_SIZE : compile(known).maxLength
}

function scanning(group: 'date' | 'timestamp' | 'instant', type: SqlType): SqlFunction {
  return {
    min: 1,
    max: 3,
    compile(call) {
      refuseParameters(call)
      const { context } = call
      const source = argument(call, 0)
      if (!hasArgument(call, 1) && groupOf(source.type) === group) return source
      const model = hasArgument(call, 1)
        ? textArgument(call, 1)
        : constant(varchar2(64), defaultFormat(group, context.session))
      return strict([textArgument(call, 0), model], type, (text, format) => {
        if (!isPinned(call, 'NLS_CALENDAR')) refuseOtherCalendar(context.session)
        return scanMoment(text, format, group, context)
      })
    },
  }
}

/** TRUNC of a date to the unit that a format names. */
export const truncateDate = (call: Call): Compiled => changeDate(call, truncated)
export const roundDate = (call: Call): Compiled => changeDate(call, rounded)

function changeDate(call: Call, change: (moment: DateTime, unit: string) => DateTime): Compiled {
  const unit = hasArgument(call, 1) ? textArgument(call, 1) : constant(varchar2(2), 'DD')
  return strict([dateArgument(call, 0), unit], DATE, (value, model) =>
    formatDate(change(parseDateTime(value), model.toUpperCase())),
  )
}

const midnight = { hour: 0, minute: 0, second: 0, nanoseconds: 0 }
const startOfDay = (number: number): DateTime => ({ ...dateOfDay(number), ...midnight })

function truncated(moment: DateTime, unit: string): DateTime {
  const { year, month, day } = moment
  const number = dayNumber(year, month, day)
  switch (unit) {
    case 'DD':
    case 'DDD':
    case 'J':
      return { ...moment, ...midnight }
    case 'MM':
    case 'MON':
    case 'MONTH':
    case 'RM':
      return { ...moment, day: 1, ...midnight }
    case 'YYYY':
    case 'SYYYY':
    case 'YYY':
    case 'YY':
    case 'Y':
    case 'YEAR':
    case 'SYEAR':
      return { ...moment, month: 1, day: 1, ...midnight }
    case 'Q':
      return { ...moment, month: month - ((month - 1) % 3), day: 1, ...midnight }
    case 'HH':
    case 'HH12':
    case 'HH24':
      return { ...moment, minute: 0, second: 0, nanoseconds: 0 }
    case 'MI':
      return { ...moment, second: 0, nanoseconds: 0 }
    case 'IW':
      return startOfDay(number - (number % 7))
    case 'D':
    case 'DY':
    case 'DAY':
      return startOfDay(number - ((number + 1) % 7))
    case 'WW':
      return startOfDay(number - ((number - dayNumber(year, 1, 1)) % 7))
    case 'W':
      return { ...moment, day: day - ((day - 1) % 7), ...midnight }
    default:
      throw unimplemented(`TRUNC and ROUND of a date to ${unit}`)
  }
}

function rounded(moment: DateTime, unit: string): DateTime {
  const start = truncated(moment, unit)
  switch (unit) {
    case 'DD':
    case 'DDD':
    case 'J':
      return moment.hour >= 12 ? shiftSeconds(start, SECONDS_PER_DAY) : start
    case 'HH':
    case 'HH12':
    case 'HH24':
      return moment.minute >= 30 ? shiftSeconds(start, 3600) : start
    case 'MI':
      return moment.second >= 30 ? shiftSeconds(start, 60) : start
    case 'MM':
    case 'MON':
    case 'MONTH':
      return moment.day >= 16 ? shiftMonths(start, 1, false) : start
    case 'YYYY':
    case 'SYYYY':
    case 'YEAR':
      return moment.month >= 7 ? shiftMonths(start, 12, false) : start
    default:
      throw unimplemented(`ROUND of a date to ${unit}`)
  }
}

/** The current time in a zone; `bare` functions take the precision as an optional argument. */
function currentTime(zoneOf: (call: Call) => string, kind: 'date' | 'timestamp' | 'instant'): SqlFunction {
  return {
    min: 0,
    max: kind === 'date' ? 0 : 1,
    isBare: true,
    compile(call) {
      const precision = hasArgument(call, 0) ? integerOf(argument(call, 0).evaluate() ?? '6') : 6
      const instant = instantAt(call.context.now, zoneOf(call))
      if (kind === 'date') return constant(DATE, formatDate(localOf(instant)))
      if (kind === 'timestamp') return constant(timestamp(precision), formatTimestamp(localOf(instant)))
      return constant(timestampWithTimeZone(precision), formatInstant(instant))
    },
  }
}

const inDatabaseZone = (call: Call) => call.context.databaseTimeZone
const inSessionZone = (call: Call) => call.context.session.timeZone

function compileMonthsBetween(call: Call): Compiled {
  return strict([dateArgument(call, 0), dateArgument(call, 1)], NUMBER, (left, right) => {
    const a = parseDateTime(left)
    const b = parseDateTime(right)
    const months = (a.year - b.year) * 12 + a.month - b.month
    const areBothLast = a.day === daysInMonth(a.year, a.month) && b.day === daysInMonth(b.year, b.month)
    if (a.day === b.day || areBothLast) return String(months)
    const seconds = (moment: DateTime) => moment.day * SECONDS_PER_DAY + (secondsOf(moment) % SECONDS_PER_DAY)
    return addNumbers(
      String(months),
      divideNumbers(String(seconds(a) - seconds(b)), String(31 * SECONDS_PER_DAY)),
    )
  })
}

/** So many of a unit, as the integer that an interval is. */
function interval(call: Call, type: SqlType): Compiled {
  return strict([numberArgument(call, 0), textArgument(call, 1)], type, (count, unit) => {
    const { value, isMonths } = intervalLiteral(count, unit.trim().toUpperCase(), call.position)
    if (isMonths !== (type === YEAR_TO_MONTH))
      throw oracleError(1760, call.position, 'illegal argument for function')
    return roundNumber(value, 0)
  })
}

export const dateFunctions: Readonly<Record<string, SqlFunction>> = {
  TO_CHAR: { min: 1, max: 3, compile: compileToChar },
  TO_DATE: scanning('date', DATE),
  TO_TIMESTAMP: scanning('timestamp', timestamp(9)),
  TO_TIMESTAMP_TZ: scanning('instant', timestampWithTimeZone(9)),
  SYSDATE: currentTime(inDatabaseZone, 'date'),
  SYSTIMESTAMP: currentTime(inDatabaseZone, 'instant'),
  CURRENT_DATE: currentTime(inSessionZone, 'date'),
  CURRENT_TIMESTAMP: currentTime(inSessionZone, 'instant'),
  LOCALTIMESTAMP: currentTime(inSessionZone, 'timestamp'),
  ADD_MONTHS: {
    min: 2,
    max: 2,
    compile: (call) =>
      strict([dateArgument(call, 0), numberArgument(call, 1)], DATE, (value, months) =>
        formatDate(shiftMonths(parseDateTime(value), integerOf(months), true)),
      ),
  },
  NUMTODSINTERVAL: { min: 2, max: 2, compile: (call) => interval(call, DAY_TO_SECOND) },
  NUMTOYMINTERVAL: { min: 2, max: 2, compile: (call) => interval(call, YEAR_TO_MONTH) },
  LAST_DAY: {
    min: 1,
    max: 1,
    compile: (call) =>
      strict([dateArgument(call, 0)], DATE, (value) => {
        const moment = parseDateTime(value)
        return formatDate({ ...moment, day: daysInMonth(moment.year, moment.month) })
      }),
  },
  MONTHS_BETWEEN: { min: 2, max: 2, compile: compileMonthsBetween },
  ...zoneFunctions,
}
