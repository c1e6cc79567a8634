import { describePublishStore, describeSnapshotStore } from '@findata/contracts'
import { openRealBucket, openStandIn, type S3Place } from './s3-place.ts'

describeSnapshotStore('S3 stand-in', () => openStandIn())
describeSnapshotStore('S3 stand-in, without a prefix', () => openStandIn({}, ''))
describePublishStore('S3 stand-in', async () => toPublishPlace(await openStandIn()))
describePublishStore('S3 stand-in, without a prefix', async () => toPublishPlace(await openStandIn({}, '')))

const { TEST_S3_BUCKET: bucket, TEST_S3_REGION: region, TEST_S3_ENDPOINT_URL: endpoint } = process.env
if (bucket) {
  const openBucket = () =>
    openRealBucket({ bucket, ...(region && { region }), ...(endpoint && { endpoint }) })
  describeSnapshotStore('real bucket', openBucket)
  describePublishStore('real bucket', async () => toPublishPlace(await openBucket()))
}

function toPublishPlace(place: S3Place) {
  return { ...place, openStore: () => place.openPublishStore() }
}
