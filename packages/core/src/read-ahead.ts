/** Asks for the next item while the present one is being used, so that the source works meanwhile. Holds two items at most. */
export async function* readAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  let next = iterator.next()
  try {
    for (;;) {
      const { value, done } = await next
      if (done) return
      next = iterator.next()
      // Its failure belongs to whoever awaits it; if the reader leaves before that, nobody does.
      next.catch(() => {})
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}
