import type { Bench } from './bench.ts'
import { extractS3 } from './benches/extract-s3.ts'
import { jsonEncode } from './benches/json-encode.ts'

/** In the order in which they run. */
export const BENCHES: readonly Bench[] = [jsonEncode, extractS3]
