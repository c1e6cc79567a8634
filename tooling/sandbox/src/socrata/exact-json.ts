/** A number of a JSON text with the digits it was written in. */
export class JsonNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type ExactJson =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly ExactJson[]
  | { readonly [name: string]: ExactJson }

// The third parameter is missing from the types of ES2024.
type SourceReviver = (key: string, value: unknown, context: { readonly source: string }) => unknown

/** JSON.parse that takes no number through a double. @throws SyntaxError */
export function parseExactJson(text: string): ExactJson {
  const keepDigits: SourceReviver = (_, value, { source }) =>
    typeof value === 'number' ? new JsonNumber(source) : value
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown) as ExactJson
}

export function isJsonObject(value: ExactJson): value is { readonly [name: string]: ExactJson } {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
  )
}
