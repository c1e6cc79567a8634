import { escapeHtml } from '../escape-html.ts'
import type { AppState, KnackStore, ObjectState } from './knack-store.ts'

const ROWS = 100

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d8dce2, #3a3f47); --soft: light-dark(#5b6470, #a3abb6) }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; background: light-dark(#fff, #17191c); color: light-dark(#1b1f24, #e6e8eb) }
h1 { font-size: 1.3rem } h2 { font-size: 1.05rem; margin-top: 1.8rem }
a { color: light-dark(#0b57c4, #8ab4f8) }
p, th small { color: var(--soft) }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: max-content }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); max-width: 22rem; white-space: pre-wrap; overflow-wrap: break-word }
th { white-space: nowrap } th small { display: block; font-weight: normal }
td.amount { text-align: right; font-variant-numeric: tabular-nums } td.id { font-family: ui-monospace, monospace; font-size: .8rem; white-space: nowrap }
`

export interface Page {
  readonly status: number
  readonly html: string
}

/** The records, to look at in a browser: `/`, `/apps/SLUG` and `/apps/SLUG/OBJECT?page=N`. */
export function renderKnackPage(store: KnackStore, url: URL): Page {
  const [, root = '', slug = '', objectKey = '', rest] = url.pathname.split('/')
  const apps = [...store.apps.values()]
  const app = apps.find(({ definition }) => definition.slug === slug)
  if (root === '' && slug === '') {
    return page('Knack', apps.map((each) => `<h2>${linkTo(each)}</h2>${objectsOf(each)}`).join(''))
  }
  if (root !== 'apps' || !app || rest !== undefined) return notFound()
  const { name } = app.definition
  if (objectKey === '') return page(name, `<p><a href="/">All apps</a></p>${objectsOf(app)}`)
  const object = app.objects.get(objectKey)
  if (!object) return notFound()
  const number = Math.max(1, Number.parseInt(url.searchParams.get('page') ?? '1', 10) || 1)
  return page(`${name}: ${object.definition.name}`, tableOf(store, app, object, number))
}

function page(title: string, body: string, status = 200): Page {
  const safe = escapeHtml(title)
  return {
    status,
    html: `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${safe}</title><style>${STYLE}</style></head><body><h1>${safe}</h1>${body}</body></html>`,
  }
}

function notFound(): Page {
  return page('There is no such page', '<p><a href="/">All apps</a></p>', 404)
}

function linkTo({ definition }: AppState): string {
  return `<a href="/apps/${encodeURIComponent(definition.slug)}">${escapeHtml(definition.name)}</a>`
}

function objectsOf({ definition, objects }: AppState): string {
  const rows = [...objects.values()].map(({ definition: { key, name }, records }) => {
    const href = `/apps/${encodeURIComponent(definition.slug)}/${encodeURIComponent(key)}`
    return `<tr><td><a href="${href}">${escapeHtml(name)}</a></td><td>${escapeHtml(key)}</td><td class="amount">${count(records.size)}</td></tr>`
  })
  return `<table><thead><tr><th>Object</th><th>Key</th><th>Records</th></tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function tableOf(store: KnackStore, app: AppState, object: ObjectState, number: number): string {
  const fields = [...object.fields.values()]
  const shown = [...object.records.values()].slice((number - 1) * ROWS, number * ROWS)
  const head = fields.map(({ key, name }) => `<th>${escapeHtml(name)}<small>${escapeHtml(key)}</small></th>`)
  const rows = shown.map((record) => {
    const values = store.render(app, object, record, 'html')
    const cells = fields.map(({ key, type }) => {
      const value = String(values[key] ?? '')
      // The HTML of a connection is shown as the names it links.
      const text =
        type === 'connection' ? value.replaceAll(/<br \/>/g, '\n').replaceAll(/<[^>]*>/g, '') : value
      const isAmount = type === 'currency' || type === 'number'
      return `<td${isAmount ? ' class="amount"' : ''}>${type === 'connection' ? text : escapeHtml(text)}</td>`
    })
    return `<tr><td class="id">${escapeHtml(record.id)}</td>${cells.join('')}</tr>`
  })
  const pages = Math.max(1, Math.ceil(object.records.size / ROWS))
  const links = [
    linkTo(app),
    ...(number > 1 ? [`<a href="?page=${number - 1}">Previous</a>`] : []),
    `${count(object.records.size)} records, page ${number} of ${pages}`,
    ...(number < pages ? [`<a href="?page=${number + 1}">Next</a>`] : []),
  ]
  return `<p>${links.join(' · ')}</p><div class="wide"><table><thead><tr><th>id</th>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
