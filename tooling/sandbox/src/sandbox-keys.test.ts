import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { KEYS_HELP, listenToKeys } from './sandbox-keys.ts'
import { SCENES } from './stand-ins.ts'

function press(keys: string, play: (scene: string) => void = () => {}) {
  const played: string[] = []
  const said: string[] = []
  let stops = 0
  const stdin = Object.assign(new PassThrough(), {
    setRawMode: () => stdin,
  }) as unknown as NodeJS.ReadStream & PassThrough
  using _listening = listenToKeys(
    { stdin, say: (line) => said.push(line) },
    {
      play(scene) {
        play(scene)
        played.push(scene)
      },
      stop: () => stops++,
    },
  )
  stdin.emit('data', keys)
  return { played, said, stops }
}

test('every scene has a key', () => {
  const { played } = press('2erbtlhkdc')
  expect(played.sort()).toEqual(Object.keys(SCENES).sort())
})

test('q, Ctrl-C and Ctrl-D stop, and other keys do nothing', () => {
  expect(press('q\u0003\u0004').stops).toBe(3)
  expect(press('xyz ')).toEqual({ played: [], said: [], stops: 0 })
})

test('a scene that cannot be played is told', () => {
  const refuse = () => {
    throw new Error('day two is already here')
  }
  expect(press('2', refuse).said).toEqual(['2: day two is already here'])
})

test('the help stays within 80 columns', () => {
  expect(press('?').said).toEqual([KEYS_HELP])
  expect(Math.max(...KEYS_HELP.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})
