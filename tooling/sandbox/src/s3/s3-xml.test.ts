import fc from 'fast-check'
import { expect, test } from 'vitest'
import { childText, parseXml, toXml } from './s3-xml.ts'

// For keys that XML 1.0 cannot hold S3 has encoding-type=url.
const xmlText = fc.string({ unit: 'binary' }).filter((text) => [...text].every(isXmlCharacter))

function isXmlCharacter(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d
  return code !== 0xfffe && code !== 0xffff && (code < 0xd800 || code > 0xdfff)
}

test('reads back any text it wrote', () => {
  fc.assert(
    fc.property(fc.array(xmlText), (texts) => {
      const document = parseXml(toXml('Root', { Item: texts.map((Text) => ({ Text })) }), 'Root')

      expect(document.children.map((item) => childText(item, 'Text'))).toEqual(texts)
    }),
  )
})

test.for([
  ['', 'nothing'],
  ['<Root>', 'an open element'],
  ['<Root></Other>', 'crossed elements'],
  ['<Other/>', 'another root'],
  ['<Root/><Root/>', 'two roots'],
  ['<Root>&unknown;</Root>', 'an unknown entity'],
  ['<Root><</Root>', 'a bare bracket'],
])('refuses %s, which is %s', ([text]) => {
  expect(() => parseXml(text ?? '', 'Root')).toThrow(expect.objectContaining({ code: 'MalformedXML' }))
})
