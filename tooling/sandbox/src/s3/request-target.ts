import { S3Error } from './s3-error.ts'

/** The path and query of a request, decoded once. */
export interface RequestTarget {
  readonly path: string
  readonly bucket: string
  readonly key: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

/** Splits a path-style URL (`/bucket/key?query`) as it came over the wire. */
export function parseRequestTarget(url: string): RequestTarget {
  const question = url.indexOf('?')
  const path = decode(question < 0 ? url : url.slice(0, question))
  const query = question < 0 ? '' : url.slice(question + 1)
  const slash = path.indexOf('/', 1)
  return {
    path,
    bucket: slash < 0 ? path.slice(1) : path.slice(1, slash),
    key: slash < 0 ? '' : path.slice(slash + 1),
    parameters: query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const equals = pair.indexOf('=')
        return equals < 0
          ? [decodeQuery(pair), '']
          : [decodeQuery(pair.slice(0, equals)), decodeQuery(pair.slice(equals + 1))]
      }),
  }
}

/** Percent-encodes everything but the unreserved characters of RFC 3986, as SigV4 asks. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function decodeQuery(text: string): string {
  return decode(text.replaceAll('+', ' '))
}

export function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error('InvalidURI', "Couldn't parse the specified URI.")
  }
}
