import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromKnack, toKnack } from './knack-values.ts'

const field = (type: string, isMultiple = false) => ({ key: 'field_1', type, isMultiple })

describe('fromKnack', () => {
  test.each([
    ['text as it is', 'short_text', ' a < b,\nc ', ' a < b,\nc '],
    ['a number', 'number', 10.5, '10.5'],
    ['the digits of a number that is text', 'number', '13240.010', '13240.010'],
    ['a number beyond 10^21 without an exponent', 'number', 1e21, '1000000000000000000000'],
    ['zero, which is not empty', 'number', 0, '0'],
    ['currency with its commas', 'currency', '1,997.78', '1,997.78'],
    ['the unrounded value of an equation', 'equation', 0.123456, '0.123456'],
    ['yes', 'boolean', true, 'true'],
    ['no, which is not empty', 'boolean', false, 'false'],
    ['one choice', 'multiple_choice', 'Active', 'Active'],
    ['one choice in an array', 'multiple_choice', ['Active'], 'Active'],
  ])('reads %s', (_name, type, raw, value) => {
    expect(fromKnack(field(type), { field_1: 'formatted', field_1_raw: raw })).toBe(value)
  })

  test('reads the formatted value where the raw one is missing', () => {
    expect(fromKnack(field('currency'), { field_1: '$100.43' })).toBe('$100.43')
    expect(fromKnack(field('boolean'), { field_1: 'No' })).toBe('false')
  })

  test.each([
    ['', undefined],
    ['', ''],
    ['', []],
    ['', [null]],
    ['', null],
    [undefined, undefined],
  ])('A35: reads %j with raw %j as null, whatever the type', (formatted, raw) => {
    const record = {
      ...(formatted !== undefined && { field_1: formatted }),
      ...(raw !== undefined && { field_1_raw: raw }),
    }
    for (const type of [
      'short_text',
      'paragraph_text',
      'number',
      'currency',
      'date_time',
      'boolean',
      'email',
      'multiple_choice',
      'connection',
    ]) {
      expect(fromKnack(field(type), record)).toBeNull()
      expect(fromKnack(field(type, true), record)).toBeNull()
    }
  })

  test('takes the wall clock that is dressed as UTC for what it is', () => {
    const raw = {
      date: '07/03/2018',
      hours: '10',
      minutes: '26',
      am_pm: 'AM',
      unix_timestamp: 1_530_613_560_000,
      iso_timestamp: '2018-07-03T10:26:00.000Z',
    }

    expect(fromKnack(field('date_time'), { field_1: '07/03/2018 10:26', field_1_raw: raw })).toBe(
      '2018-07-03T10:26:00',
    )
    expect(fromKnack(field('date_time'), { field_1_raw: { unix_timestamp: raw.unix_timestamp } })).toBe(
      '2018-07-03T10:26:00',
    )
    expect(
      fromKnack(field('date_time'), { field_1_raw: { iso_timestamp: '2018-07-03T10:26:01.250Z' } }),
    ).toBe('2018-07-03T10:26:01.25')
  })

  test('shows a date that it cannot read as it is formatted', () => {
    expect(
      fromKnack(field('date_time'), { field_1: '07/03/2018', field_1_raw: { date: '07/03/2018' } }),
    ).toBe('07/03/2018')
  })

  test('joins several choices with comma and line feed, without nulls', () => {
    const record = { field_1: 'a, b', field_1_raw: ['a', null, 'b'] }

    expect(fromKnack(field('multiple_choice', true), record)).toBe('a,\nb')
  })

  test('reads a connection as the ids of its records, from the formatted value where it must', () => {
    const [one, two] = ['5f0000000000000000000001', '5f0000000000000000000002']
    const formatted = `<span class="${one}" data-kn="connection-value">A</span><br /><span class="${two}">B</span>`
    const raw = [
      { id: one, identifier: 'A' },
      { id: two, identifier: 'B' },
    ]

    expect(fromKnack(field('connection', true), { field_1: formatted, field_1_raw: raw })).toBe(
      `${one},\n${two}`,
    )
    expect(fromKnack(field('connection', true), { field_1: formatted })).toBe(`${one},\n${two}`)
  })

  test('reads a type that is not supported as it is formatted', () => {
    expect(fromKnack(field('name'), { field_1: 'Ann Lee', field_1_raw: { first: 'Ann', last: 'Lee' } })).toBe(
      'Ann Lee',
    )
  })
})

describe('toKnack', () => {
  test.each([
    ['short_text', false, ' a ', ' a '],
    ['number', false, '12345678901234567890.120', '12345678901234567890.120'],
    ['currency', false, '1,997.78', '1,997.78'],
    ['date_time', false, '2018-07-03T10:26:00', '2018-07-03T10:26:00'],
    ['boolean', false, 'true', true],
    ['boolean', false, 'false', false],
    ['boolean', false, 'N', false],
    ['boolean', false, '1', true],
    ['boolean', false, 'perhaps', 'perhaps'],
    ['multiple_choice', false, 'a', 'a'],
    ['multiple_choice', true, 'a,\nb', ['a', 'b']],
    ['connection', false, '5f0000000000000000000001', ['5f0000000000000000000001']],
  ])('writes %s (several: %s) %j as %j', (type, isMultiple, value, json) => {
    expect(toKnack(field(type, isMultiple), value)).toEqual(json)
  })

  test.each([null, ''])('clears a field with %j', (value) => {
    expect(toKnack(field('short_text'), value)).toBeNull()
    expect(toKnack(field('boolean'), value)).toBeNull()
    expect(toKnack(field('multiple_choice', true), value)).toEqual([])
    expect(toKnack(field('connection'), value)).toEqual([])
  })

  test('writes what it reads the same way again', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom('true', '10.50', '1,997.78', 'a,\nb'))
    fc.assert(
      fc.property(
        value,
        fc.constantFrom('short_text', 'number', 'currency', 'multiple_choice', 'concatenation'),
        (text, type) => {
          const raw = toKnack(field(type), text)
          expect(fromKnack(field(type), { field_1: '', field_1_raw: raw })).toBe(text || null)
        },
      ),
    )
  })

  test('writes the parts of a list that it reads the same way again', () => {
    const part = fc.string({ minLength: 1 }).filter((text) => !text.includes(',\n'))
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const joined = parts.join(',\n') || null
        fc.pre(joined === null || joined.split(',\n').length === parts.length)
        expect(
          fromKnack(field('multiple_choice', true), {
            field_1_raw: toKnack(field('multiple_choice', true), joined),
          }),
        ).toBe(joined)
      }),
    )
  })
})
