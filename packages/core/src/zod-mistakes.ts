import { z } from 'zod'

/** One thing that a person wrote wrongly, and where. */
export interface Mistake {
  /** `units.columns[1]`, or empty for the whole. */
  readonly path: string
  readonly message: string
}

/** What zod found, under a path of the caller's. */
export function toMistakes(error: z.ZodError, at: readonly PropertyKey[] = []): Mistake[] {
  return error.issues.flatMap((issue): Mistake[] => {
    const path = [...at, ...issue.path]
    const mistake = (message: string) => ({ path: z.core.toDotPath(path), message })
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => ({
          path: z.core.toDotPath([...path, key]),
          message: 'is not a setting',
        }))
      case 'invalid_key':
        return issue.issues.map(({ message }) => mistake(message))
      case 'invalid_type':
        return [
          mistake(
            issue.message.replace('Invalid input: ', '').replace('received undefined', 'but it is missing'),
          ),
        ]
      default:
        return [mistake(issue.message)]
    }
  })
}
