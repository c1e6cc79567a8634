import { readFile, stat } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TerminalError } from './errors.ts'
import { configHelpers, type FindataConfig, invalidConfig, toFindataConfig } from './findata-config.ts'
import { repeatedNames } from './repeated-names.ts'

const EXTENSIONS = ['.ts', '.js', '.mjs', '.json']

/**
 * Reads the configuration at `path`, or else the findata.config file of `folder`, or else the defaults. The default
 * export of a module may be a function, which is given the helpers. Throws CONFIG_INVALID with every mistake.
 */
export async function loadConfig({
  path,
  folder,
}: {
  readonly path?: string
  readonly folder: string
}): Promise<FindataConfig> {
  const shown = path ?? (await findConfig(folder))
  if (shown === undefined) return toFindataConfig({}, 'findata.config')
  const file = resolve(folder, shown)
  if (!(await isFile(file))) throw unusable(shown, 'there is no such file')
  if (!EXTENSIONS.includes(extname(file))) throw unusable(shown, `is none of ${EXTENSIONS.join(', ')}`)

  const exported = extname(file) === '.json' ? await readJson(file, shown) : await importDefault(file, shown)
  return toFindataConfig(
    typeof exported === 'function' ? await call(exported as ConfigFunction, shown) : exported,
    shown,
  )
}

type ConfigFunction = (helpers: ReturnType<typeof configHelpers>) => unknown

async function findConfig(folder: string): Promise<string | undefined> {
  const names = EXTENSIONS.map((extension) => `findata.config${extension}`)
  const areThere = await Promise.all(names.map((name) => isFile(join(folder, name))))
  const [found, ...others] = names.filter((_, index) => areThere[index])
  if (found !== undefined && others.length > 0) {
    throw unusable(found, `stands beside ${others.join(' and ')}: keep one of them, or choose with --config`)
  }
  return found
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ?? false
}

async function readJson(file: string, shown: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw unusable(shown, `cannot be read: ${cause.message}`, cause)
  })
  const parsed = parseJson(text.replace(/^\ufeff/, ''), shown)
  const mistakes = repeatedNames(text)
  if (mistakes.length > 0) throw invalidConfig(shown, mistakes)
  return parsed
}

function parseJson(text: string, shown: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unusable(shown, `is not JSON: ${(cause as Error).message}`, cause)
  }
}

async function importDefault(file: string, shown: string): Promise<unknown> {
  const module = await import(pathToFileURL(file).href).catch((cause: unknown) => {
    throw unusable(shown, explain(cause), cause)
  })
  if (module.default === undefined) {
    throw unusable(shown, 'has no default export: write `export default { … }`')
  }
  return module.default
}

async function call(config: ConfigFunction, shown: string): Promise<unknown> {
  try {
    return await config(configHelpers())
  } catch (cause) {
    throw unusable(shown, explain(cause), cause)
  }
}

/** Why a module did not load, and what to do about it. */
function explain(cause: unknown): string {
  if (!(cause instanceof Error)) return `threw ${String(cause)}`
  const { code } = cause as { code?: unknown }
  const reason = cause.message.split('\n')[0]
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return `${reason}${placeOf(cause)}: Node only strips types, so write JavaScript with types and nothing that needs compiling (an object instead of an enum)`
  }
  if (code === 'ERR_INVALID_TYPESCRIPT_SYNTAX') return `has a syntax error${placeOf(cause)}: ${reason}`
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return `imports what is not there: ${reason}. Write the extension of a file (./rules.ts), install a package where the configuration lies, or write a function, which is given findata's helpers and needs no import`
  }
  if (cause instanceof SyntaxError) {
    return `has a syntax error${placeOf(cause)}: ${reason}. \`node --check\` on the file shows the place`
  }
  if (cause instanceof ReferenceError && /^(module|exports|require) is not defined/.test(cause.message)) {
    return `${reason}${placeOf(cause)}: write \`export default { … }\` and import instead of module.exports and require`
  }
  return `threw ${cause.name}${placeOf(cause)}: ${cause.message}`
}

/** The first place in a stack that is not Node's own. */
function placeOf({ stack = '' }: Error): string {
  const [, file, line] =
    /(?:^|[\s(])(?:file:\/\/)?((?:\/|[A-Z]:)[^\s()]*?):(\d+)(?::\d+)?\)?$/m.exec(stack) ?? []
  return file && line ? ` in ${basename(file)}, line ${line}` : ''
}

function unusable(file: string, message: string, cause?: unknown): TerminalError {
  return invalidConfig(file, [{ path: '', message }], { cause })
}
