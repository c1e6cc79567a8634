import type { Area } from '../behaviour.ts'

/** Oracle to S3. */
export const extract: Area = {
  name: 'extract',
  isFinished: true,
  behaviours: {
    A1: {
      title: 'The record type is named on the command line',
      does: 'task_orders, units, objects, master_agreements, fdus and subprojects keep their names; an unknown one is refused as usage, with the list.',
    },
    A2: {
      title: 'The connection comes from variables of its own',
      does: 'ORACLE_* variables name the database; the five old names count only all together and without any ORACLE_*; all missing ones are named at once, values never.',
      oldBug:
        'USER is set by every shell, so a forgotten environment file logged in as the account of the job.',
    },
    A3: {
      title: 'Columns are listed one by one',
      does: 'Each record type lists its columns, and a date among them is written as ISO local text.',
    },
    A4: {
      title: 'Rows are objects keyed by upper-case column names',
      does: 'The S3 file keeps the upper-case names that its readers expect.',
    },
    A5: {
      title: 'Rows stream into one JSON array',
      does: 'Rows go from the cursor to the file in batches, and the file stays one JSON array of objects.',
    },
    A6: {
      title: 'Numbers keep their digits',
      does: 'NUMBER arrives as text and leaves as a JSON number literal with the same digits; text ids stay strings.',
      oldBug: 'Money and ids with a scale passed through binary floats: 13240.010 became 13240.01.',
    },
    A7: {
      title: 'An empty or shrunken view replaces nothing',
      does: 'No rows, or far fewer than last time, stop the run before anything is written, with an exit code of their own; an override is a flag, and recorded.',
    },
    A8: {
      title: 'The file keeps its key and is replaced whole',
      does: 'Each run replaces <record type>.json, after an optional prefix, and keeps its own copy with a manifest of rows, columns, hashes and times.',
    },
    A9: {
      title: 'Text is plain UTF-8 and numbers are JSON',
      does: 'Characters beyond ASCII are written as they are; NaN and infinity never reach the file.',
    },
    A10: {
      title: 'Connections close on every path',
      does: 'A failure or a stop signal closes the cursor and the connection, and cancels the running statement.',
    },
    A11: {
      title: 'Every wait has a deadline',
      does: 'Connecting is retried with growing pauses, a statement has a time limit that a record type can set, and both say so when they end.',
    },
    A12: {
      title: 'One way to find AWS credentials',
      does: 'The default chain of the AWS SDK is used everywhere, and the endpoint can point at another store.',
    },
    A13: {
      title: 'A task order with several buyer FDUs is several rows',
      does: 'The distinct pairs are joined as before and task orders without a status are left out; rows and distinct task orders are both recorded.',
    },
    A14: {
      title: 'Departments of units are compared as text',
      does: 'The department list is configuration and bound as text values.',
      oldBug:
        'A text column was compared with numbers, so one department with a letter in it failed the whole query.',
    },
    A15: {
      title: 'Which record type goes where is declared',
      does: 'Each record type declares its destinations, checked at the start; any record type can be extracted.',
    },
    A16: {
      title: 'Columns that nobody publishes are still extracted',
      does: 'objects and master_agreements keep all their columns in the file.',
    },
    A17: {
      title: 'A run reports what it did',
      does: 'Progress goes to stderr, the last line of stdout is one JSON result with the row count, and a failure is one message with an exit code.',
    },
    A18: {
      title: 'A team adds its own query',
      does: 'A seventh record type, expenses and obligations by FDU, is added through the configuration as the documentation shows, without touching a package.',
    },
  },
}
