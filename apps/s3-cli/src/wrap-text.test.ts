import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wrapText } from './wrap-text.ts'

const KEY = 'TASK_ORDER_DEPT=2400, TASK_ORDER_ID=24ROW51000'

test('lines keep within 80 columns, leave out nothing, and no key is broken', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(words, words, fc.nat({ max: 6 }), (before, after, indent) => {
      const text = `${before.join(' ')} ${KEY} ${after.join(' ')}`
      const lines = wrapText(text, indent)
      expect(lines.map((line) => line.trim()).join(' ')).toBe(text)
      expect(lines.filter((line) => line.length > 80)).toEqual([])
      expect(lines.some((line) => line.includes(KEY))).toBe(true)
    }),
  )
})

test('a key before its reason stays whole, spaces included, even where it is longer than a line', () => {
  const key = `  ${KEY}, BYR_FDU=8400 2507 9042 1000 1100 1200`
  expect(wrapText(`${key}: its amount has too many digits`)).toEqual([
    `${key}:`,
    '    its amount has too many digits',
  ])
})

test('lines after the first hang behind the spaces that the text begins with', () => {
  const text = `  ${'word '.repeat(30).trim()}`
  for (const line of wrapText(text, 2).slice(1)) expect(line).toMatch(/^ {6}word/)
  for (const line of wrapText(text, 7, 0)) expect(line).toMatch(/^ {9}word/)
})
