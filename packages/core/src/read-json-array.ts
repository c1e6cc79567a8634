import { TerminalError } from './errors.ts'
import { createRecordParser, JsonMistake } from './json-record.ts'
import type { Column, Row, RowBatch } from './row-schema.ts'

type Expected = 'array' | 'first record' | 'record' | 'comma' | 'nothing'

const NOT_SPACE = /[^ \t\r\n]/g
/** In characters: beyond it, a string that is never closed is likelier than a record. */
const LONGEST_RECORD = 64 * 1024 * 1024
/** In characters: records with long texts come in smaller batches. */
const MOST_TEXT_PER_BATCH = 8 * 1024 * 1024

/**
 * Reads one JSON array of flat objects, whoever wrote it, as rows in the order of `columns` with values in their
 * canonical text. Holds one record and one batch, of `batchSize` records at most. Throws FILE_INVALID, with the file's
 * name, the record, the place and the reason, unless every record has exactly these columns and fitting values.
 */
export async function* readJsonArray(
  chunks: AsyncIterable<Uint8Array>,
  columns: readonly Pick<Column, 'name' | 'type'>[],
  { name, batchSize = 1000 }: { readonly name: string; readonly batchSize?: number },
): AsyncGenerator<RowBatch, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const parser = createRecordParser(columns)
  let expected = 'array' as Expected
  let records = 0
  let batch: Row[] = []
  let batchCharacters = 0
  let text = ''
  let position = 0
  let charactersBefore = 0
  let bytesBefore = 0
  /** The text left is not looked at again until it is this long, so that a record in many chunks is not read for each. */
  let enough = 1

  for await (const chunk of chunks) {
    yield* readMore(chunk)
    bytesBefore += chunk.length
  }
  yield* readMore()
  if (expected !== 'nothing') throw invalid('it is cut short', `character ${charactersBefore + text.length}`)
  if (batch.length > 0) yield batch

  function* readMore(chunk?: Uint8Array): Generator<RowBatch> {
    charactersBefore += position
    text = text.slice(position) + decode(chunk)
    position = 0
    try {
      while (readNext(chunk === undefined)) {
        if (batch.length < batchSize && batchCharacters < MOST_TEXT_PER_BATCH) continue
        yield batch
        batch = []
        batchCharacters = 0
      }
    } catch (error) {
      if (!(error instanceof JsonMistake)) throw error
      throw invalid(error.message, `character ${charactersBefore + error.position}`)
    }
  }

  /** Moves the position over a bracket, a comma or a record; returns whether there is text left to read. */
  function readNext(isLast: boolean): boolean {
    if (text.length - position < enough && !isLast) return false
    NOT_SPACE.lastIndex = position
    const found = NOT_SPACE.exec(text)
    position = found?.index ?? text.length
    if (!found) return false
    const [character] = found
    if (expected === 'first record' || expected === 'record') {
      if (character === ']' && expected === 'first record') expected = 'nothing'
      else return readRecord()
    } else if (expected === 'array') {
      if (character !== '[') throw new JsonMistake(position, 'it does not begin with [')
      expected = 'first record'
    } else if (expected === 'comma') {
      if (character !== ',' && character !== ']')
        throw new JsonMistake(position, 'there is no comma or ] before it')
      expected = character === ',' ? 'record' : 'nothing'
    } else {
      throw new JsonMistake(position, 'there is text after the end of the array')
    }
    position++
    return true
  }

  function readRecord(): boolean {
    const row = parser.parse(text, position)
    if (row === undefined) {
      const length = text.length - position
      if (length > LONGEST_RECORD) throw new JsonMistake(position, 'it does not end')
      enough = 2 * length
      return false
    }
    enough = 1
    batchCharacters += parser.end - position
    position = parser.end
    expected = 'comma'
    records++
    batch.push(row)
    return true
  }

  function decode(chunk: Uint8Array | undefined): string {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode()
    } catch {
      throw invalid('it holds bytes that are not UTF-8', `byte ${bytesBefore} or later`)
    }
  }

  function invalid(reason: string, place: string): TerminalError {
    const record = expected === 'nothing' ? records : records + 1
    return new TerminalError(
      'FILE_INVALID',
      `Cannot read ${name}: ${reason} (record ${record}, ${place}). The file is corrupt, cut short or foreign: extract again, or roll back to a snapshot that verifies.`,
      { details: { file: name, record, place, reason } },
    )
  }
}
