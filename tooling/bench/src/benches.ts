import type { Bench } from './bench.ts'
import { diff } from './benches/diff.ts'
import { extractS3 } from './benches/extract-s3.ts'
import { jsonEncode } from './benches/json-encode.ts'
import { publishPace } from './benches/publish-pace.ts'

/** In the order in which they run. */
export const BENCHES: readonly Bench[] = [jsonEncode, extractS3, diff, publishPace]
