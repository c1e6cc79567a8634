import { describeSnapshotStore } from '@findata/contracts'
import { openRealBucket, openStandIn } from './s3-place.ts'

describeSnapshotStore('S3 stand-in', () => openStandIn())
describeSnapshotStore('S3 stand-in, without a prefix', () => openStandIn({}, ''))

const { TEST_S3_BUCKET: bucket, TEST_S3_REGION: region, TEST_S3_ENDPOINT_URL: endpoint } = process.env
if (bucket) {
  describeSnapshotStore('real bucket', () =>
    openRealBucket({ bucket, ...(region && { region }), ...(endpoint && { endpoint }) }),
  )
}
