import { expect, test } from 'vitest'
import { findImports, packageOf } from './imports.ts'

const specifiers = (text: string) => findImports(text).map(({ specifier }) => specifier)

test('finds every form of import', () => {
  const text = [
    `import 'side-effect'`,
    `import whole from "double-quoted"`,
    `import * as all from 'namespace'`,
    `import first, { type Second } from 'named'`,
    'import {',
    '  one,',
    '  two,',
    `} from './several-lines.ts'`,
    `export { again } from './again.ts'`,
    `export * from './everything.ts'`,
    `const later = await import('dynamic')`,
    `export const from = 'not a module'`,
    `const text = "import('quoted')"`,
  ].join('\n')

  expect(specifiers(text)).toEqual([
    'side-effect',
    'double-quoted',
    'namespace',
    'named',
    './several-lines.ts',
    './again.ts',
    './everything.ts',
    'dynamic',
  ])
})

test('only a statement that is erased is type-only', () => {
  const typeOnly = (text: string) => findImports(text).map(({ isTypeOnly }) => isTypeOnly)

  expect(typeOnly(`import type { A } from 'a'`)).toEqual([true])
  expect(typeOnly(`export type { A } from 'a'`)).toEqual([true])
  expect(typeOnly(`import { type A } from 'a'`)).toEqual([false])
  expect(typeOnly(`import type from 'a'`)).toEqual([false])
})

test('a specifier belongs to a package, scoped or not', () => {
  expect(packageOf('@findata/core')).toBe('@findata/core')
  expect(packageOf('@aws-sdk/client-s3/dist/x.js')).toBe('@aws-sdk/client-s3')
  expect(packageOf('zod/v4')).toBe('zod')
  expect(packageOf('./beside.ts')).toBeUndefined()
})
