/** How a person names the certificate of a publication: by its key in the bucket. */
export interface PublicationReference {
  readonly recordType: string
  readonly destination: string
  readonly runId: string
}

const SHAPE =
  /(?:^|\/)certificates\/(?<recordType>[a-z][a-z0-9_]*)\/(?<destination>[a-z][a-z0-9_-]*)\/(?<runId>[0-9A-Za-z-]+)\.json$/

/** Reads a key, also one with the prefix of the bucket before it; undefined for any other text. */
export function parsePublicationKey(text: string): PublicationReference | undefined {
  const { recordType, destination, runId } = SHAPE.exec(text)?.groups ?? {}
  return recordType && destination && runId ? { recordType, destination, runId } : undefined
}

/** The key, below the prefix. */
export function publicationKey({ recordType, destination, runId }: PublicationReference): string {
  return `certificates/${recordType}/${destination}/${runId}.json`
}
