import type { Area } from '../behaviour.ts'

/** S3 to the Knack apps. */
export const knack: Area = {
  name: 'knack',
  isFinished: true,
  behaviours: {
    A20: {
      title: 'Record type and destination are checked as a pair',
      does: 'A pair that no field map covers is refused before anything is read.',
      oldBug: 'An unsupported pair failed with a KeyError after both downloads.',
    },
    A21: {
      title: 'The app is the one that was meant',
      does: "The app's own metadata is compared with the configured destination, and a mismatch is refused.",
      oldBug:
        'The same two variables held the keys of whichever app was meant, so the wrong pair wrote into another app.',
    },
    A22: {
      title: 'A destination can filter its source rows',
      does: 'A destination may declare a filter; the rows it leaves out are counted.',
    },
    A23: {
      title: 'A field map has one key',
      does: 'It is the entity key or a part of it; none, several and a foreign one are different messages when the configuration is loaded.',
    },
    A24: {
      title: 'Field maps are checked',
      does: 'A field map names source column, field, conversion and what to leave out of the comparison; duplicates and gaps are refused.',
    },
    A25: {
      title: 'A missing column is not a null',
      does: 'A mapped column that the snapshot does not have stops the run; a null value is published as empty.',
      oldBug: 'A renamed view column blanked its field in every record.',
    },
    A26: {
      title: 'A field can be generated',
      does: 'A field declared as a generated timestamp gets the time of the run.',
    },
    A27: {
      title: 'Buyer FDUs fold into one record',
      does: 'Rows of one task order become one record whose buyer FDUs are joined by comma and line break, without nulls.',
    },
    A28: {
      title: 'Rows that disagree are not folded',
      does: 'Task orders are told apart by department and id, and rows of one that differ in any other column are rejected and shown.',
      oldBug: 'A task order that moved department came as two rows; the active one was dropped unseen.',
    },
    A29: {
      title: 'Joined values have one order',
      does: 'Joined values are sorted and unique, so the order Oracle returns makes no difference.',
    },
    A30: {
      title: 'Angle brackets survive Knack',
      does: 'A space is put beside < and > only where one is missing, and values are compared with white space normalised.',
      oldBug: 'Text that had its spaces already got more, and could be updated for ever.',
    },
    A31: {
      title: 'Currency is formatted exactly',
      does: 'Amounts are written with thousands commas and two decimals from exact digits; read amounts are compared as values.',
    },
    A32: {
      title: 'The modified date is one moment per run',
      does: "The timestamp is taken once per run in the app's zone and written only along with a real change.",
    },
    A33: {
      title: 'Keys are text',
      does: 'A key keeps its scale, as in 13240.010, and a null key is rejected and reported.',
      oldBug: 'A null key became the text "None".',
    },
    A34: {
      title: "Values are compared by the field's type",
      does: "Text, numbers, currency and dates are each compared as what the app's metadata says they are.",
      oldBug: 'A number met a text field and all units looked new every night.',
    },
    A35: {
      title: 'Empty means the same on both sides',
      does: 'Empty text, empty list and null are one value; padding, line ends and entities are normalised before comparing.',
    },
    A36: {
      title: 'Mapped fields must exist',
      does: 'Field keys are checked against the metadata at the start, and the unknown ones are named.',
    },
    A37: {
      title: 'Records are found by key',
      does: 'Both sides are indexed by key; duplicates are reported, and the oldest record is the one that is kept up to date.',
      oldBug: 'A nested loop took quadratic time, and duplicates in the app stayed stale for ever.',
    },
    A38: {
      title: 'Duplicate rows publish once',
      does: 'Exact duplicates are dropped and counted before comparing, for every record type.',
      oldBug: 'Two equal new rows created two records; two different ones overwrote each other on every run.',
    },
    A39: {
      title: 'An update touches only what changed',
      does: 'Only changed fields and the generated timestamp are sent, so fields that staff edit by hand stay.',
    },
    A40: {
      title: 'One bad record does not stop the rest',
      does: 'Writes are paced below the rate limit and go on past refused records up to a limit, which the exit code and a list report.',
    },
    A41: {
      title: 'A write costs one call',
      does: 'No copy of all records is rebuilt after a write.',
    },
    A42: {
      title: 'A create whose reply was lost is looked up',
      does: 'After an unclear create the key is searched for before anything is sent again.',
    },
    A43: {
      title: 'Records that left the source are reported',
      does: 'Records without a source row are listed on every run; closing or deleting them is an option with a cap.',
    },
    A44: {
      title: 'Changes can be seen before they are made',
      does: 'A plan lists creates, updates, unchanged records and conflicts, field by field.',
    },
    A45: {
      title: 'Calls are counted',
      does: 'A run shows the calls it used and what is left of the daily allowance.',
    },
    A46: {
      title: 'A record can be traced',
      does: 'One command shows a record at every stage, and why it was filtered, folded or left unchanged.',
    },
  },
}
