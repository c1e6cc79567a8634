import { expect, test } from 'vitest'
import { fieldKindOf, isComputed, toKnackApp } from './knack-metadata.ts'

const field = (type: string, isMultiple = false) => ({ type, isMultiple })

const application = {
  id: '5f00000000000000000000aa',
  name: 'Data Tracker',
  slug: 'data-tracker',
  account: { slug: 'atd', plan: 'enterprise' },
  settings: { timezone: 'Central Time (US & Canada)', language: 'en' },
  objects: [
    {
      key: 'object_86',
      name: 'Task orders',
      identifier: 'field_1277',
      fields: [
        { key: 'field_1277', name: 'Task order', type: 'short_text', required: true, unique: true },
        {
          key: 'field_3810',
          name: 'Status',
          type: 'multiple_choice',
          required: false,
          unique: false,
          format: { type: 'multi', options: ['Active', 'Closed'], sorting: 'custom' },
        },
        {
          key: 'field_9',
          name: 'Units',
          type: 'connection',
          relationship: { has: 'many', object: 'object_189', belongs_to: 'many' },
        },
      ],
    },
  ],
  scenes: [{ key: 'scene_1' }],
}

test('reads the app, its zone and its fields, and passes over what it does not need', () => {
  expect(toKnackApp({ application })).toEqual({
    id: '5f00000000000000000000aa',
    name: 'Data Tracker',
    slug: 'data-tracker',
    accountSlug: 'atd',
    timeZoneName: 'Central Time (US & Canada)',
    timeZone: 'America/Chicago',
    objects: [
      {
        key: 'object_86',
        name: 'Task orders',
        fields: [
          {
            key: 'field_1277',
            name: 'Task order',
            type: 'short_text',
            isRequired: true,
            isUnique: true,
            isMultiple: false,
          },
          {
            key: 'field_3810',
            name: 'Status',
            type: 'multiple_choice',
            isRequired: false,
            isUnique: false,
            isMultiple: true,
            options: ['Active', 'Closed'],
          },
          {
            key: 'field_9',
            name: 'Units',
            type: 'connection',
            isRequired: false,
            isUnique: false,
            isMultiple: true,
          },
        ],
      },
    ],
  })
})

test('reads an app without settings, account and fields', () => {
  const bare = { id: 'a', name: 'App', slug: 'app', objects: [{ key: 'object_1', name: 'One' }] }

  expect(toKnackApp({ application: bare })).toMatchObject({
    accountSlug: '',
    timeZone: undefined,
    objects: [{ key: 'object_1', fields: [] }],
  })
})

test.each([undefined, null, 'text', {}, { application: { id: 1 } }, []])('%j is no app', (json) => {
  expect(toKnackApp(json)).toBeUndefined()
})

test('A34: every type that can be published has the kind that its values are compared as', () => {
  expect(
    [
      'short_text',
      'paragraph_text',
      'rich_text',
      'number',
      'currency',
      'boolean',
      'date_time',
      'connection',
    ].map((type) => fieldKindOf(field(type))),
  ).toEqual(['text', 'text', 'text', 'number', 'currency', 'boolean', 'date', 'connection'])
  expect(fieldKindOf(field('multiple_choice'))).toBe('text')
  expect(fieldKindOf(field('multiple_choice', true))).toBe('list')
})

test.each(['name', 'address', 'file', 'image', 'signature', 'toString', ''])('%j has no kind', (type) => {
  expect(fieldKindOf(field(type))).toBeUndefined()
})

test('knows what Knack computes itself', () => {
  expect(
    ['equation', 'concatenation', 'auto_increment', 'sum', 'count', 'average'].every((type) =>
      isComputed({ type }),
    ),
  ).toBe(true)
  expect(['short_text', 'number', 'currency', 'connection'].some((type) => isComputed({ type }))).toBe(false)
})
