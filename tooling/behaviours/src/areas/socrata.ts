import type { Area } from '../behaviour.ts'

/** S3 to the Socrata datasets. */
export const socrata: Area = {
  name: 'socrata',
  isFinished: true,
  behaviours: {
    A50: {
      title: 'Datasets are named as before',
      does: '--dataset takes task_orders, dept_units, fdus, subprojects or all; dept_units reads the units file.',
    },
    A51: {
      title: 'The environment is checked first',
      does: 'Domain, credentials and the ids of the datasets that are needed are checked before work begins.',
    },
    A52: {
      title: 'A missing file is a failure',
      does: 'The file is asked for by its key, and its absence fails the run.',
      oldBug: 'Only the first thousand keys were listed, and a missing file ended as success.',
    },
    A53: {
      title: 'One failed dataset does not stop the others',
      does: 'With all, every dataset is tried and reported, and the exit code tells of any failure.',
    },
    A54: {
      title: 'Rows go up in chunks',
      does: 'An upsert is sent in chunks, and retried only where a row identifier makes that harmless.',
    },
    A55: {
      title: 'The reply is checked',
      does: 'Refused rows or counts that do not add up fail the run, and the row identifier is checked beforehand.',
      oldBug:
        'Error counters were only logged, and without an identifier each upsert appended the whole dataset.',
    },
    A56: {
      title: 'Task orders keep their public names',
      does: 'Columns are renamed as the dataset has them, the estimator is left out, and the display name is built from id and name.',
    },
    A57: {
      title: 'Null parts do no harm',
      does: 'A null description or status leaves its part of the display name out, and filtered rows are counted.',
      oldBug: 'A null description stopped the job.',
    },
    A58: {
      title: 'Both destinations show the same records',
      does: 'Task orders are folded before either destination, and every dataset is free of duplicates by its key.',
      oldBug: 'Unfolded rows went up and the last buyer FDU won.',
    },
    A59: {
      title: 'Staff names stay private',
      does: 'A dataset lists its public columns; all others are left out. Removed duplicates are logged, and differing ones reported.',
    },
    A60: {
      title: 'Columns match the dataset',
      does: 'Names are lower-cased and checked against the dataset before anything is sent.',
    },
    A61: {
      title: 'Upsert or replace is declared',
      does: 'Each dataset declares its mode, and an empty number is null.',
    },
    A62: {
      title: 'Rows that left the view can leave the dataset',
      does: 'A dataset may delete or replace such rows, under the shrink guard.',
    },
    A63: {
      title: 'Ids keep their trailing zeros',
      does: 'Ids are published as text.',
    },
    A64: {
      title: 'Refusals are explained',
      does: 'Each HTTP status becomes a message with the next step and the id of the request.',
    },
  },
}
