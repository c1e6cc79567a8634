import type { Area } from '../behaviour.ts'

/** The daily report and the web console. */
export const reportAndAdmin: Area = {
  name: 'report-and-admin',
  isFinished: false,
  behaviours: {
    B70: {
      title: 'The daily report says what was loaded',
      does: 'Rows by table and import time come from the run records, for the tables and days asked for, as a workbook, CSV or JSON.',
    },
    B71: {
      title: 'History cannot be edited',
      does: 'Sources and stores are archived rather than deleted and keep their names; runs and errors are only shown.',
    },
    B72: {
      title: 'Settings are validated when saved',
      does: 'Choices, lists and limits are checked on saving, and case and spaces are normalised.',
    },
    B73: {
      title: 'The console is safe as installed',
      does: 'No debug mode, no built-in secret, and no fixed zone or port.',
    },
    B74: {
      title: 'A new source is a few commands',
      does: 'Adding, checking and scheduling a source are commands, and so is what follows a change of its view.',
    },
  },
}
