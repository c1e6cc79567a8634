import { SCENES, type SceneName } from './stand-ins.ts'

const SCENE_OF_KEY: Readonly<Record<string, SceneName>> = {
  '2': 'day-two',
  e: 'empty-units',
  r: 'refuse-logons',
  b: 'lose-oracle',
  t: 'throttle-s3',
  l: 'lose-s3-reply',
  h: 'edit-knack',
  k: 'lose-knack-reply',
  d: 'spend-knack',
  c: 'clear-faults',
}
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'

/** One line for each key. */
export const KEYS_HELP: string = [
  ...Object.entries(SCENE_OF_KEY).map(([key, scene]) => `  ${key}  ${SCENES[scene]}`),
  '  ?  these lines',
  '  q  stop (so does Ctrl-C)',
].join('\n')

/** Plays the scene of every key pressed on a terminal until disposed. */
export function listenToKeys(
  { stdin, say }: { readonly stdin: NodeJS.ReadStream; say(line: string): void },
  { play, stop }: { play(scene: SceneName): void; stop(): void },
): Disposable {
  const onKeys = (keys: string) => {
    for (const key of keys) {
      const scene = SCENE_OF_KEY[key]
      if (key === 'q' || key === CTRL_C || key === CTRL_D) stop()
      else if (key === '?') say(KEYS_HELP)
      else if (scene !== undefined) {
        try {
          play(scene)
          say(`${key}: ${SCENES[scene]}`)
        } catch (error) {
          say(`${key}: ${(error as Error).message}`)
        }
      }
    }
  }
  stdin.setRawMode(true).setEncoding('utf8').on('data', onKeys)
  return {
    [Symbol.dispose]() {
      stdin.off('data', onKeys).setRawMode(false).pause()
    },
  }
}
