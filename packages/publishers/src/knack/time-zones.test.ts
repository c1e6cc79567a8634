import { expect, test } from 'vitest'
import { toTimeZone } from './time-zones.ts'

test('finds the zone of the city by the name that Knack shows', () => {
  expect(toTimeZone('Central Time (US & Canada)')).toBe('America/Chicago')
  expect(toTimeZone(' Central Time (US &amp; Canada) ')).toBe('America/Chicago')
})

test('spells the zones right that are misspelt elsewhere', () => {
  expect(toTimeZone('Sao Paulo')).toBe('America/Sao_Paulo')
  expect(toTimeZone('Istanbul')).toBe('Europe/Istanbul')
})

test('takes an IANA name as it is', () => {
  expect(toTimeZone('America/Chicago')).toBe('America/Chicago')
})

test.each(['', 'Sometime', 'America/Sometime', 'constructor', '../etc'])('does not know %j', (name) => {
  expect(toTimeZone(name)).toBeUndefined()
})

const KNOWN =
  `International Date Line West|Midway Island|Hawaii|Alaska|Pacific Time (US & Canada)|Tijuana|Mountain Time (US & Canada)
Arizona|Central America|Mexico City|Eastern Time (US & Canada)|Indiana (East)|Atlantic Time (Canada)|Newfoundland|Brasilia|Mid-Atlantic
Cape Verde Is.|London|UTC|Paris|West Central Africa|Kyiv|Pretoria|St. Petersburg|Kabul|Sri Jayawardenepura|Kathmandu|Rangoon|Ulaan Bataar
Osaka|Canberra|Solomon Is.|Marshall Is.|Nuku'alofa|Tokelau Is.|Chatham Is.|Samoa`.split(/[|\n]/)

test.each(KNOWN)('%s is a zone that this machine can compute with', (name) => {
  expect(() => new Intl.DateTimeFormat('en', { timeZone: toTimeZone(name) ?? 'none' })).not.toThrow()
})
