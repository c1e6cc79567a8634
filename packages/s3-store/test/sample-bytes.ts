/** The same bytes every time, which gzip cannot make smaller. */
export function incompressible(length: number): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4))
  let state = 1
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[index] = state
  }
  return Buffer.from(words.buffer, 0, length)
}
