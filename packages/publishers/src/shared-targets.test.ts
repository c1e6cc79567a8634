import { catalogue } from '@findata/core'
import { describe, expect, test } from 'vitest'
import { toDestinations } from './define-destinations.ts'

const recordTypes = catalogue.recordTypes.map((type) => ({ ...type, publicColumns: type.columns }))

function mistakesOf(destinations: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    toDestinations(destinations, recordTypes, 'config')
    return []
  } catch (error) {
    return (error as { readonly details: { readonly mistakes: readonly string[] } }).details.mistakes
  }
}

const objects = { target: 'object_1', fields: [{ field: 'field_1', from: 'OBJ_CODE', isKey: true }] }
const units = { target: 'object_1', fields: [{ field: 'field_1', from: 'DEPT_UNIT_ID', isKey: true }] }
const knack = (connection: unknown = {}, recordTypes: unknown = { objects }) => ({
  kind: 'knack',
  connection,
  recordTypes,
})

describe('A24, A43: nothing fills what something else fills already', () => {
  test('of two record types of one destination the second is named, with the path of the first', () => {
    expect(mistakesOf({ shop: knack({}, { objects, units }) })).toEqual([
      'config: destinations.shop.recordTypes.units.target: is object_1, which destinations.shop.recordTypes.objects.target fills already: take another target, or leave one of them out',
    ])
    expect(mistakesOf({ shop: knack({}, { objects, units: { ...units, target: 'object_2' } }) })).toEqual([])
  })

  test.each([
    ['the same slug', { app: { slug: 'shop' } }, { app: { slug: 'shop', name: 'Shop' } }, 1],
    ['other slugs', { app: { slug: 'shop' } }, { app: { slug: 'store' } }, 0],
    ['the same slug and other ids', { app: { slug: 's', id: '1' } }, { app: { slug: 's', id: '2' } }, 0],
    ['the same name alone', { app: { name: 'Shop' } }, { app: { name: 'Shop' } }, 0],
    ['one app id', { app: { id: '1' }, appId: 'env:A' }, { app: { name: 'Shop' }, appId: 'env:A' }, 1],
    [
      'one variable for two apps',
      { app: { id: '1' }, appId: 'env:A' },
      { app: { id: '2' }, appId: 'env:A' },
      0,
    ],
  ])('two destinations with %s', (_, one, other, count) => {
    expect(mistakesOf({ one: knack(one), other: knack(other) })).toHaveLength(count)
  })

  test('two datasets of one domain', () => {
    const portal = (target: string, domain = 'env:SO_WEB') => ({
      kind: 'socrata',
      connection: { domain },
      recordTypes: { objects: { target, fields: [{ field: 'code', from: 'OBJ_CODE', isKey: true }] } },
    })
    expect(mistakesOf({ one: portal('abcd-1234'), other: portal('abcd-1234') })).toHaveLength(1)
    expect(mistakesOf({ one: portal('abcd-1234'), other: portal('abcd-1235') })).toHaveLength(0)
    expect(
      mistakesOf({ one: portal('abcd-1234'), other: portal('abcd-1234', 'other.example.org') }),
    ).toHaveLength(0)
  })
})
