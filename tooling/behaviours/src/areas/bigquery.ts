import type { Area } from '../behaviour.ts'

/** Oracle to BigQuery, and the record it keeps of its runs. */
export const bigquery: Area = {
  name: 'bigquery',
  isFinished: false,
  behaviours: {
    B1: {
      title: 'Options have names',
      does: 'View, window and write mode are named options and checked; the old three positions still work.',
    },
    B2: {
      title: 'It asks only on a terminal',
      does: 'Without arguments it asks on a terminal, never elsewhere; answering no is an outcome of its own.',
    },
    B3: {
      title: 'A view name has no case',
      does: 'Names are compared without case, and the starting point is set and shown by a command that keeps an audit.',
      oldBug: 'Two spellings had two histories, which lost the watermark and loaded everything twice.',
    },
    B4: {
      title: 'Strategies have names',
      does: 'append, merge, replace and snapshot say what a run does to the table.',
    },
    B5: {
      title: 'A full load does not overwrite by accident',
      does: 'A full load into an existing table is refused unless replacing it was asked for, and then the new table is built aside.',
    },
    B6: {
      title: 'A lost watermark is not a full load',
      does: 'Watermarks live apart from the run history and are never purged; a first load into a table with rows needs a flag.',
      oldBug: 'After the purge a quiet source was appended to its table as a whole second copy.',
    },
    B7: {
      title: 'The first load begins where the source says',
      does: 'Each source has the date of its first load.',
    },
    B8: {
      title: 'Rows without a date are loaded too',
      does: 'Rows whose first-load column is null are included for snapshots, and by option elsewhere.',
      oldBug: 'The filter dropped them: more than a third of one view.',
    },
    B10: {
      title: 'Only success moves the watermark',
      does: 'The watermark is written with the record of a successful run, in one commit.',
      oldBug: 'A failed run moved it on, and its rows were never read again.',
    },
    B11: {
      title: 'The watermark is what was loaded',
      does: 'It is the highest change time that was loaded; the next window overlaps it and rows merge by key.',
      oldBug:
        "The job host's clock was compared with the database's, so late commits and skewed clocks lost rows.",
    },
    B12: {
      title: 'Rows on the boundary are read again',
      does: 'The window includes its lower end, and merging makes that harmless.',
    },
    B13: {
      title: 'A day on which everything changed is an ordinary day',
      does: 'Rows whose content hash is unchanged are not written again.',
    },
    B14: {
      title: 'Nothing to do is recorded',
      does: 'A run with no rows is recorded, keeps the watermark, and can end with the skip exit code.',
    },
    B15: {
      title: 'The newest version of a row is easy to read',
      does: 'Rows merge by key; a table that appends has a view of the newest version of each key.',
    },
    B16: {
      title: 'Deleted rows can be found',
      does: 'A sweep of the keys marks rows that are no longer in the source.',
    },
    B17: {
      title: 'A crash after the load repeats nothing',
      does: 'Load jobs have derived ids, so the next run finds what the crashed one had finished.',
    },
    B20: {
      title: 'SQL is built from checked names and bound values',
      does: "Names are checked against the database's dictionary and quoted; values are bound.",
      oldBug: 'Names and dates were formatted into the SQL.',
    },
    B21: {
      title: 'Connections are described by fields',
      does: 'Host, port, service and user are separate settings, escaped where a driver wants one string.',
    },
    B22: {
      title: 'Other databases are plug-ins',
      does: 'A product without a reader is refused when the configuration is loaded.',
    },
    B23: {
      title: 'Types come from the database',
      does: 'Column types are what the cursor describes, never a guess from names.',
    },
    B24: {
      title: 'ImportedAt is kept',
      does: 'Every row carries ImportedAt as before, and the id of its run.',
    },
    B25: {
      title: 'A source can be checked before its first run',
      does: 'One command describes the view, compares it with the configuration, and tells errors worth a retry from others.',
    },
    B30: {
      title: 'Table types are derived, not inferred',
      does: "Each BigQuery type follows from Oracle's description of the column.",
      oldBug:
        "Types depended on that day's rows: an empty number column became text, whole amounts became integers.",
    },
    B31: {
      title: 'Money is exact in the table',
      does: 'Amounts are NUMERIC or BIGNUMERIC.',
      oldBug: 'Amounts were binary floats.',
    },
    B32: {
      title: 'A bad value is rejected, not blanked',
      does: 'A value that does not fit its column puts the row aside with the reason.',
      oldBug: 'Bad numbers and dates became null, and "N" became true.',
    },
    B33: {
      title: 'Configured columns must exist',
      does: 'Every configured column that the view lacks is named before any row is read.',
    },
    B34: {
      title: 'Drift is listed at once',
      does: 'Differences in columns, partitioning and clustering, its order included, are listed together, with the change that would add new columns.',
    },
    B35: {
      title: 'A table without partitions is handled',
      does: 'Its missing partitioning is a line in the list of differences.',
    },
    B36: {
      title: 'A new table appears with its rows',
      does: 'Partitioning by day, month or year and up to four cluster columns are set, and a failed first load leaves no empty table behind.',
    },
    B37: {
      title: 'Lost times of day are told',
      does: 'A column loaded as DATE drops its time of day, and a run says so when there was one.',
    },
    B40: {
      title: 'There is one way to load',
      does: 'All sources stream through the same compressed parts and load jobs.',
    },
    B41: {
      title: 'No bad record is tolerated unseen',
      does: 'By default none is allowed; with a limit, rejected rows are kept, the run is partial and the watermark stays.',
      oldBug: 'The limit was the number of rows less one, so a load with one good row passed.',
    },
    B42: {
      title: 'Line breaks in text are safe',
      does: 'Text with line breaks, quotes and separators arrives as it was.',
    },
    B43: {
      title: 'A failed load fails the process',
      does: 'The exit code of a failed load is not 0.',
      oldBug: 'Load errors were mailed and the process ended with 0.',
    },
    B44: {
      title: 'Errors take one path',
      does: 'A job that cannot start and a job that fails without a list of errors are reported alike.',
      oldBug: 'The handler used a job that did not exist, and an empty list was never logged.',
    },
    B45: {
      title: 'An error is reported once',
      does: 'One report per run holds each error once.',
      oldBug: 'The whole list was mailed again with each error added.',
    },
    B46: {
      title: 'Rejected rows are kept for study',
      does: 'They are kept with their reason under names that cannot collide, for a set time.',
    },
    B47: {
      title: 'One run per source',
      does: 'A lease keeps a second run of the same source out.',
    },
    B50: {
      title: 'The run record can be shared',
      does: 'Readers and writers do not block each other, and a short lock is waited for.',
      oldBug: 'Runs failed because the database file was locked.',
    },
    B51: {
      title: 'An error that cannot be recorded is not lost',
      does: 'It is appended to a file in the state folder.',
    },
    B52: {
      title: 'A run records what it did',
      does: 'Start, end, rows, bytes, job, window, status and error code are kept for every run.',
    },
    B53: {
      title: 'Errors belong to their run',
      does: 'Each recorded error names the run it happened in.',
    },
    B54: {
      title: 'People are told',
      does: 'Mail with encryption and login, or a webhook, reaches a list of receivers, with its content escaped.',
    },
    B55: {
      title: 'A failed notification is only logged',
      does: 'It is logged and changes nothing else.',
      oldBug: 'A failed mail logged an error, which sent mail, without end.',
    },
    B56: {
      title: 'Settings are checked before they are used',
      does: 'Missing and unused settings are named at the start.',
    },
    B57: {
      title: 'Nothing depends on one machine',
      does: 'State lies in a folder of choice, and credentials come from the default chain or a named file.',
    },
    B58: {
      title: 'Secrets are references',
      does: 'The state database holds references or sealed values, and nothing shows a secret.',
      oldBug: 'Passwords stood in clear in a database that was published with the code.',
    },
    B59: {
      title: 'The state database migrates itself',
      does: 'Numbered migrations bring any earlier version up to date and drop no history.',
    },
    B60: {
      title: 'History has a retention',
      does: 'A purge keeps watermarks and the last success, and can show what it would remove.',
    },
    B61: {
      title: 'The real cause is told',
      does: 'A dataset that cannot be reached is not reported as one that does not exist.',
    },
    B62: {
      title: 'Schedules honour exit codes',
      does: 'The sample schedule runs each source at its time, a few at once, and reacts to the exit codes.',
    },
    B63: {
      title: 'Failed days leave a trace',
      does: 'A run is recorded when it starts and closed however it ends.',
    },
  },
}
