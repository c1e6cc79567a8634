export interface ImportStatement {
  readonly specifier: string
  /** The whole statement is erased when types are stripped. */
  readonly isTypeOnly: boolean
}

// Static statements stand at the start of a line, as the formatter writes them, and end at their specifier.
const STATIC =
  /^(?:import|export)(\s+type\b(?!\s*,|\s+from\b))?(?:[\s\w*{},$]*?\bfrom)?\s*(['"])([^'"\n]+)\2/gm
// A quote before it on its line makes it text about an import, as in the tests of this file.
const DYNAMIC = /^[^'"`\n]*\bimport\(\s*(['"])([^'"\n]+)\1/gm

/** Every module a file names, whether imported, exported again or loaded later. */
export function findImports(text: string): ImportStatement[] {
  return [
    ...[...text.matchAll(STATIC)].map(([, type, , specifier]) => ({
      specifier: specifier ?? '',
      isTypeOnly: type !== undefined,
    })),
    ...[...text.matchAll(DYNAMIC)].map(([, , specifier]) => ({
      specifier: specifier ?? '',
      isTypeOnly: false,
    })),
  ]
}

/** The package a specifier belongs to, or undefined for a relative path. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/')) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
