import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { exampleCertificate, exampleFacts } from '../test/example-certificate.ts'
import { partlyPublishedCertificate, publishedCertificate } from '../test/example-publication.ts'
import { compareHops, createCertificate } from './certificate.ts'
import { renderCertificateHtml, renderCertificateText } from './render-certificate.ts'

const [source, read, file] = exampleFacts.hops as [never, never, never]
const balanced = createCertificate({ ...exampleFacts, guards: [], overrides: [] })
const refused = createCertificate({
  ...exampleFacts,
  guards: [{ guard: 'shrink', passed: false, evidence: '100 rows fewer (-40 %, limit 20 %)', examples: [] }],
  leftOut: ['file: nothing was stored'],
})
const huge = JSON.parse(
  JSON.stringify(exampleCertificate).replaceAll('"206.7"', '"-9999999999999999.99"'),
) as typeof exampleCertificate

describe('a certificate as text', () => {
  test('says the verdict first', () => {
    expect(renderCertificateText(balanced)).toMatch(
      /^BALANCED\nAll hops agree to the last digit, and no guard stopped the run\./,
    )
    expect(renderCertificateText(refused)).toMatch(/^REFUSED\n/)
  })

  test('says in its headline which guards were overridden, by whom and why', () => {
    expect(renderCertificateText(exampleCertificate)).toMatch(
      /^BALANCED, 1 GUARD OVERRIDDEN\nAll hops agree to the last digit. Overridden: duplicates by ana: known since\nspring\n/,
    )
    const officer = { by: 'A. Officer', reason: 'closed, ticket 1' }
    const twice = createCertificate({
      ...exampleFacts,
      guards: (['shrink', 'jump'] as const).map((guard) => ({
        guard,
        passed: false,
        evidence: '50 %',
        examples: [],
        overridden: { guard, ...officer },
      })),
    })
    const headline =
      'All hops agree to the last digit. Overridden: shrink, jump by A. Officer: closed, ticket 1'
    expect(renderCertificateText(twice, { width: 120 }).split('\n').slice(0, 2)).toEqual([
      'BALANCED, 2 GUARDS OVERRIDDEN',
      headline,
    ])
    const html = renderCertificateHtml(twice)
    expect(html).toContain('<span class="state warning">BALANCED, 2 GUARDS OVERRIDDEN</span>')
    expect(html).toContain(`<p>${headline}</p>`)
  })

  test('aligns hops, rows and sums', () => {
    expect(renderCertificateText(exampleCertificate)).toContain(`
AMOUNT
Hop       Amounts     Sum  Minimum  Maximum
source          5  206.70    -0.25   100.10
read            5  206.70    -0.25   100.10
file            5  206.70    -0.25   100.10
entities        3  106.85    -0.25   100.10

Bridge
                  Rows  AMOUNT
rows read            5  206.70
rejected             0    0.00
filtered             0    0.00
exact duplicates     1   -0.25
folded               1  100.10
entities             3  106.85
`)
  })

  test('notes a guard that found something within its limits, with no word of it in the headline', () => {
    const evidence = '6 amounts of AMOUNT with more than 2 digits after the point'
    const guards = [{ guard: 'scale', passed: true, evidence, examples: ['AMOUNT'] }] as const
    const noted = createCertificate({ ...exampleFacts, guards, overrides: [] })
    const text = renderCertificateText(noted)
    expect(text).toMatch(/^BALANCED\n/)
    expect(text).toContain(`\nnoted  scale: ${evidence}\n         AMOUNT\n`)
    expect(renderCertificateHtml(noted)).toContain(
      '<span class="state warning">noted</span> scale: 6 amounts',
    )
  })

  test('names guards with their evidence, examples, and who overrode them', () => {
    expect(renderCertificateText(exampleCertificate)).toContain(`
Guards
passed      rows: 5 rows, at least 1
OVERRIDDEN  duplicates: 1 of 5 rows repeats an earlier one (20 %, limit 5 %)
              by ana: known since spring
              DEPT=2400, ID=24ROW51000, BYR_FDU=8400 2507 9042
`)
    expect(renderCertificateText(refused)).toContain('FAILED  shrink: 100 rows fewer')
    expect(renderCertificateText(refused)).toContain('Left out\nfile: nothing was stored')
  })

  test('says what was proven of the moment, and what stands in the way of more', () => {
    const because = [
      'units: it may not be read as of an SCN; GRANT FLASHBACK ON FINDW.UNITS TO FINDATA would allow it.',
    ]
    const text = renderCertificateText({
      ...exampleCertificate,
      consistency: { label: 'read-only transaction', fixedAt: '2026-11-22T10:00:00Z', because },
    })
    expect(text).toMatch(/one moment +read-only transaction, fixed at 2026-11-22T10:00:00Z/)
    expect(text).toContain('One moment\nunits: it may not be read as of an SCN;')
    const scn = { label: 'scn, links not visible' as const, scn: '4000123', fixedAt: '2026-11-22T10:00:00Z' }
    expect(renderCertificateText({ ...exampleCertificate, consistency: scn })).toMatch(
      /one moment +scn 4000123, links not visible, fixed/,
    )
  })

  test('shows a difference with both figures', () => {
    const other = structuredClone(file) as { totals: { rows: number } }
    other.totals.rows = 6
    const certificate = createCertificate({
      ...exampleFacts,
      comparisons: [compareHops(source, read), compareHops(read, other as never)],
    })
    const text = renderCertificateText(certificate)
    expect(text).toMatch(/^DIFFERS\n/)
    expect(text).toContain('DIFFERS  read = file\n           rows: read 5, file 6')
  })

  test.each([80, 60, 50])('A6: keeps every digit within %i columns', (width) => {
    const text = renderCertificateText(huge, { width })
    expect(text).toContain('-9,999,999,999,999,999.99')
    expect(text).toContain('ab2ff8bb8391ffcf8192066bd1eecf3e')
    const tooLong = text.split('\n').filter((line) => line.length > width && line.trim().includes(' '))
    expect(tooLong).toEqual([])
  })

  test('shows an amount with more digits than its scale as it is', () => {
    const certificate = JSON.parse(JSON.stringify(exampleCertificate).replaceAll('"206.7"', '"1234.5678"'))
    expect(renderCertificateText(certificate)).toContain('1,234.5678')
  })

  test('is coloured only when asked, and then says the same', () => {
    const plain = renderCertificateText(exampleCertificate)
    const coloured = renderCertificateText(exampleCertificate, { colour: true })
    expect(plain).toBe(stripVTControlCharacters(plain))
    expect(coloured).not.toBe(plain)
    expect(stripVTControlCharacters(coloured)).toBe(plain)
  })

  test('lets no control character of the data reach the terminal', () => {
    const text = renderCertificateText({ ...exampleCertificate, leftOut: ['red \u001b[31m\u009b1m\nnext'] })
    expect(text).toContain('red \\x1b[31m\\x9b1m\\nnext')
  })
})

describe('a certificate of publishing as text', () => {
  test('says what became of every record and its money', () => {
    const text = renderCertificateText(partlyPublishedCertificate)
    expect(text).toMatch(
      /^BALANCED, 1 NOT PUBLISHED\nAll hops agree to the last digit. Not every record is published: see\nPublication.\n/,
    )
    expect(text).toContain(`
Published to data-tracker
                  Records    AMOUNT
entities                3    106.85
published               2     99.85
refused                 1      7.00
only there              4  2,336.50
duplicates there        1      7.00
outdated there          1      6.00
all there               8  2,449.35
`)
    expect(text).toContain(`
Publication
1 created, 1 updated, 0 deleted, 0 unchanged
Refused: the destination did not accept them. They are tried again by the next
run.
1 amount of records there that are not published is no number and is missing in
the sums.
`)
  })

  test('names the destination, the snapshot and the calls', () => {
    const text = renderCertificateText(publishedCertificate)
    expect(text).toMatch(/^BALANCED\nAll hops agree/)
    expect(text).toContain('destination data-tracker: object_86 (Task orders) in Data Tracker\n')
    expect(text).toContain('snapshot    20261122T140000Z-task_orders\n')
    expect(text).toContain('calls       7 to the destination\n')
    expect(text).toContain('Nothing is rejected, refused, stale, held or waiting.')
    expect(text).not.toContain('Refused:')
    expect(text).not.toMatch(/^(refused|outdated there) /m)
  })

  test('does not say that nothing was committed when the destination differs', () => {
    const text = renderCertificateText({ ...publishedCertificate, verdict: 'differs' })
    expect(text).toMatch(/^DIFFERS\nThe figures do not agree: the destination does not hold what it should/)
  })

  test('leaves out a money column that the destination does not hold', () => {
    const certificate = JSON.parse(JSON.stringify(publishedCertificate))
    certificate.publication.entities.sums = {}
    expect(renderCertificateText(certificate)).toContain(
      'Published to data-tracker\n                  Records\n',
    )
  })

  test('keeps within 80 columns', () => {
    const long = renderCertificateText(partlyPublishedCertificate).split('\n')
    expect(long.filter((line) => line.length > 80)).toEqual([])
  })

  test('shows the same as HTML', () => {
    const html = renderCertificateHtml(partlyPublishedCertificate)
    for (const line of renderCertificateText(partlyPublishedCertificate).split('\n')) {
      for (const word of line.split(/\s+/)) expect(html).toContain(word.replace("'", '&#39;'))
    }
  })
})

describe('a certificate as HTML', () => {
  const html = renderCertificateHtml(exampleCertificate)

  test('holds every figure of the text', () => {
    for (const line of renderCertificateText(exampleCertificate).split('\n')) {
      for (const word of line.split(/\s+/)) expect(html).toContain(word)
    }
    expect(html).toContain('1 DEPT text, 2 ID text, 3 AMOUNT number, 4 BYR_FDU text')
  })

  test('marks up its tables for people who hear them', () => {
    const count = (part: string) => html.split(part).length - 1
    expect(count('<table>')).toBe(3)
    expect(count('<caption>')).toBe(3)
    expect(count('<th scope="row">')).toBe(4 + 4 + 6)
    expect(count('<th scope="col">')).toBe(4 + 5 + 3)
    expect(html).toContain('<html lang="en">')
  })

  test('A6: breaks no figure into two lines; a table that is too wide scrolls sideways, also by keyboard', () => {
    expect(html).toContain('td { white-space: nowrap;')
    expect(html).toContain('.scroll { overflow-x: auto; }')
    expect(html).toContain(
      '<div class="scroll" role="region" tabindex="0" aria-label="Control totals">\n<table>',
    )
  })

  test('loads nothing from anywhere', () => {
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|https?:/)
    expect(html).toContain("default-src 'none'")
  })

  test('follows light and dark, and prints on A4', () => {
    expect(html).toContain('prefers-color-scheme: dark')
    expect(html).toContain('@page { size: A4')
  })

  test('escapes every value', () => {
    const hostile = '<img src=x onerror="alert(1)">\'&'
    const certificate = JSON.parse(JSON.stringify(exampleCertificate), (key, value) =>
      typeof value === 'string' &&
      !['verdict', 'kind', 'sum', 'min', 'max', 'AMOUNT', 'column', 'name'].includes(key)
        ? hostile
        : value,
    )
    const rendered = renderCertificateHtml(certificate)
    expect(rendered).not.toContain('<img')
    expect(rendered.split('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;').length).toBeGreaterThan(
      10,
    )
  })
})
