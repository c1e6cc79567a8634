import { expect, test } from 'vitest'
import { appOf, openKnack } from './knack-client.ts'

test('the first page links the apps and counts the records of their objects', async () => {
  await using knack = await openKnack({ apps: [appOf(undefined, { name: 'Finance & Purchasing' })] })
  knack.server.insert('app', 'object_1', { field_1: 'A' })
  const page = await read(knack.server.url, '/')

  expect(page.status).toBe(200)
  expect(page.type).toBe('text/html; charset=utf-8')
  expect(page.html).toContain('<a href="/apps/app">Finance &amp; Purchasing</a>')
  expect(page.html).toContain('<a href="/apps/app/object_1">Task orders</a></td><td>object_1</td>')
  expect(page.html).toContain('<td class="amount">1</td>')
})

test('the page of an object shows its records under the names of the fields, escaped', async () => {
  await using knack = await openKnack()
  const { id } = knack.server.insert('app', 'object_1', {
    field_1: '<script>alert(1)</script>',
    field_2: '1997.78',
  })
  const { html } = await read(knack.server.url, '/apps/app/object_1')

  expect(html).toContain('<th>Task order<small>field_1</small></th>')
  expect(html).toContain(`<td class="id">${id}</td>`)
  expect(html).toContain('<td>&lt;script&gt;alert(1)&lt;/script&gt;</td>')
  expect(html).toContain('<td class="amount">$1,997.78</td>')
  expect(html).not.toContain('<script')
})

test('a connection is shown by the names of its records, escaped', async () => {
  await using knack = await openKnack({
    apps: [
      appOf([
        { key: 'field_1', name: 'Name', type: 'short_text' },
        { key: 'field_2', name: 'Parent', type: 'connection', format: { object: 'object_1' } },
      ]),
    ],
  })
  const { id } = knack.server.insert('app', 'object_1', { field_1: '<i>A</i>' })
  knack.server.insert('app', 'object_1', { field_1: 'B', field_2: [id] })

  expect((await read(knack.server.url, '/apps/app/object_1')).html).toContain(
    '<td>&lt;i&gt;A&lt;/i&gt;</td></tr>',
  )
})

test('a hundred records make a page, the rest follow', async () => {
  await using knack = await openKnack()
  for (let number = 1; number <= 101; number++) {
    knack.server.insert('app', 'object_1', { field_1: `record ${number}.` })
  }
  const first = await read(knack.server.url, '/apps/app/object_1')
  const second = await read(knack.server.url, '/apps/app/object_1?page=2')

  expect(first.html).toContain('101 records, page 1 of 2 · <a href="?page=2">Next</a>')
  expect([first.html.includes('record 100.'), first.html.includes('record 101.')]).toEqual([true, false])
  expect([second.html.includes('record 100.'), second.html.includes('record 101.')]).toEqual([false, true])
})

test('what is not there is a page that says so', async () => {
  await using knack = await openKnack()
  const statuses = []
  for (const path of ['/apps/other', '/apps/app/object_9', '/favicon.ico']) {
    statuses.push((await read(knack.server.url, path)).status)
  }

  expect(statuses).toEqual([404, 404, 404])
})

test('looking at the records costs no calls', async () => {
  await using knack = await openKnack({ dailyCalls: 0 })

  expect((await read(knack.server.url, '/apps/app/object_1')).status).toBe(200)
  expect(knack.server.requests()).toEqual([])
})

async function read(url: string, path: string) {
  const response = await fetch(new URL(path, url))
  return { status: response.status, type: response.headers.get('content-type'), html: await response.text() }
}
