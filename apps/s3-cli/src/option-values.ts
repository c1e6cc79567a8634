import { InvalidArgumentError } from '@commander-js/extra-typings'

/** Repeated, or with commas between. */
export function toNames(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...new Set([...earlier, ...text.split(',').filter((name) => name !== '')])]
}

/** A whole number that is not negative. Throws commander's error, as all of these do. */
export function toCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

/** A whole number that is not zero either. */
export function toTries(text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1) {
    throw new InvalidArgumentError('It must be a whole number, 1 or more.')
  }
  return Number(text)
}

/** Text that says something. */
export function toReason(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Say why: it is kept for those who ask later.')
  return text
}

/** 0 to 255. */
export function toExitCode(text: string): number {
  if (toCount(text) > 255) throw new InvalidArgumentError('It must be an exit code, 0 to 255.')
  return Number(text)
}

/** `--allow-shrink` as commander names it: allowShrink. */
export function toCamelCase(flag: string): string {
  return flag.replace(/^--/, '').replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
