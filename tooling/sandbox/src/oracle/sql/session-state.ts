/** What ALTER SESSION and the client set for one session, and what SQL can ask about it. */
export interface SessionState {
  readonly id: number
  readonly user: string
  readonly context: Map<string, string>
  readonly clientContext: ReadonlyMap<string, string>
  currentSchema: string
  timeZone: string
  dateFormat: string
  timestampFormat: string
  timestampTzFormat: string
  /** What stands between a number and its fraction where text is made of it, or it of text, without a model. */
  decimalMark: '.' | ','
  /** In which TO_CHAR counts years unless it is told otherwise. */
  calendar: 'GREGORIAN' | 'THAI BUDDHA'
  readonly loggedOnAt: Date
}

/** What a session starts with: NLS_TERRITORY = AMERICA. */
export const defaultSettings = {
  timeZone: '+00:00',
  dateFormat: 'DD-MON-RR',
  timestampFormat: 'DD-MON-RR HH.MI.SSXFF AM',
  timestampTzFormat: 'DD-MON-RR HH.MI.SSXFF AM TZR',
  decimalMark: '.',
  calendar: 'GREGORIAN',
} as const
