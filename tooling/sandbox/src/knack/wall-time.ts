import type { KnackFieldFormat } from './knack-app.ts'

/** Local time in minutes since 1970, as if local time were UTC. */
export type WallMinutes = number

export const DAY_MINUTES = 24 * 60

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?Z?)?$/
const SLASHED = /^(\d\d)\/(\d\d)\/(\d{4})(?: (\d{1,2}):(\d\d) ?(am|pm)?)?$/i

const ZONES: Readonly<Record<string, string>> = {
  'Pacific Time (US & Canada)': 'America/Los_Angeles',
  'Mountain Time (US & Canada)': 'America/Denver',
  'Central Time (US & Canada)': 'America/Chicago',
  'Eastern Time (US & Canada)': 'America/New_York',
  UTC: 'UTC',
}

export function isKnownZone(name: string): boolean {
  return Object.hasOwn(ZONES, name)
}

/** What a clock on the wall shows in a zone, by Knack's name for it. */
export function wallMinutesOf(moment: Date, zone: string): WallMinutes {
  const shown = moment.toLocaleString('sv-SE', { timeZone: ZONES[zone] ?? 'UTC' })
  return Math.floor(Date.parse(`${shown.replace(' ', 'T')}Z`) / 60_000)
}

/** Undefined if it is no date that the field takes. A trailing Z changes nothing: Knack dresses local time as UTC. */
export function toWallMinutes(value: unknown, format: KnackFieldFormat = {}): WallMinutes | undefined {
  if (typeof value === 'object' && value !== null) {
    const { date, hours, minutes, am_pm, iso_timestamp } = value as Record<string, unknown>
    if (typeof date !== 'string') return toWallMinutes(iso_timestamp, format)
    const time =
      hours === undefined ? '' : ` ${String(hours)}:${String(minutes ?? '00')} ${String(am_pm ?? '')}`
    return toWallMinutes(`${date}${time.trimEnd()}`, format)
  }
  if (typeof value !== 'string') return undefined
  const iso = ISO.exec(value)
  if (iso) return minutesOf(iso[1], iso[2], iso[3], iso[4], iso[5])
  const slashed = SLASHED.exec(value)
  if (!slashed) return undefined
  const [, first, second, year, hour, minute, half] = slashed
  const [month, day] = format.dateFormat === 'dd/mm/yyyy' ? [second, first] : [first, second]
  return minutesOf(year, month, day, half && hour ? String(to24(Number(hour), half)) : hour, minute)
}

function to24(hour: number, half: string): number {
  if (hour < 1 || hour > 12) return Number.NaN
  return (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0)
}

function minutesOf(year = '', month = '', day = '', hour = '0', minute = '0'): WallMinutes | undefined {
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)))
  const isReal =
    date.getUTCMonth() + 1 === Number(month) &&
    date.getUTCDate() === Number(day) &&
    date.getUTCHours() === Number(hour) &&
    date.getUTCMinutes() === Number(minute)
  return isReal ? date.getTime() / 60_000 : undefined
}

/** `07/03/2018 10:26`. */
export function formatWallTime(wall: WallMinutes, format: KnackFieldFormat = {}): string {
  const { date, time } = partsOf(wall, format)
  return time === '' ? date : `${date} ${time}`
}

/** The object under `_raw`. */
export function rawWallTime(wall: WallMinutes, format: KnackFieldFormat = {}): Record<string, unknown> {
  const moment = new Date(wall * 60_000)
  const { date, hour12, minutes, half } = partsOf(wall, format)
  return {
    date,
    date_formatted: date,
    hours: hour12,
    minutes,
    am_pm: half.toUpperCase(),
    unix_timestamp: moment.getTime(),
    iso_timestamp: moment.toISOString(),
    timestamp: `${date} ${hour12}:${minutes} ${half}`,
    time: moment.getUTCHours() * 60 + moment.getUTCMinutes(),
  }
}

function partsOf(wall: WallMinutes, { dateFormat, timeFormat }: KnackFieldFormat) {
  const [year = '', month = '', day = '', hour = '', minutes = ''] = new Date(wall * 60_000)
    .toISOString()
    .split(/[-T:]/)
  const half = Number(hour) < 12 ? 'am' : 'pm'
  const hour12 = String(Number(hour) % 12 || 12).padStart(2, '0')
  const times = {
    'HH MM (military)': `${hour}:${minutes}`,
    'HH:MM am': `${hour12}:${minutes}${half}`,
    'Ignore Time': '',
  }
  return {
    date: dateFormat === 'dd/mm/yyyy' ? `${day}/${month}/${year}` : `${month}/${day}/${year}`,
    time: times[timeFormat ?? 'HH MM (military)'],
    hour12,
    minutes,
    half,
  }
}
