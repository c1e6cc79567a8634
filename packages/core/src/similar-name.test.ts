import { expect, test } from 'vitest'
import { similarName } from './similar-name.ts'

test('a renamed column is found among the others', () => {
  expect(similarName('CHARGED_AMOUNT', ['OBJ_ID', 'CHARGED_AMT', 'TASK_ORDER_BAL'])).toBe('CHARGED_AMT')
})

test('a name that is not near is not suggested', () => {
  expect(similarName('CHARGED_AMOUNT', ['VENDOR', 'UNIT'])).toBeUndefined()
  expect(similarName('ID', ['XY'])).toBeUndefined()
})

test('the nearest of several is taken', () => {
  expect(similarName('AMOUNT1', ['AMOUNT22', 'AMOUNT2'])).toBe('AMOUNT2')
})
