import { escapeHtml } from '../escape-html.ts'
import type { SocrataDataset, StoredRow } from './socrata-dataset.ts'
import type { SocrataPortal } from './socrata-portal.ts'
import type { SocrataCell } from './socrata-values.ts'

const ROWS_SHOWN = 100

const STYLE = `
  :root { color-scheme: light dark; --line: light-dark(#d0d7de, #3d444d); --faint: light-dark(#59636e, #9198a1); --head: light-dark(#f6f8fa, #212830) }
  body { margin: 2rem auto; max-width: 90rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif }
  .table { overflow-x: auto; max-height: 60vh; border: 1px solid var(--line); border-radius: 6px }
  table { border-collapse: collapse; width: 100% }
  th, td { padding: .3rem .6rem; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line) }
  td { max-width: 24rem; overflow: hidden; text-overflow: ellipsis }
  th { position: sticky; top: 0; background: var(--head) }
  th small, .faint { color: var(--faint); font-weight: normal }
  .number { text-align: right; font-variant-numeric: tabular-nums }`

/** The datasets and their first rows, for people. */
export function renderPortalPage({ datasets }: SocrataPortal): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Socrata stand-in</title>
<style>${STYLE}
</style>
</head>
<body>
<h1>Socrata stand-in</h1>
<nav><ul>${datasets.map(linkTo).join('')}</ul></nav>
${datasets.map(section).join('\n')}
</body>
</html>
`
}

function linkTo({ definition: { id, name } }: SocrataDataset): string {
  return `<li><a href="#${id}">${escapeHtml(name)}</a></li>`
}

function section(dataset: SocrataDataset): string {
  const { id, name, columns, rowIdentifier, isPublic = true } = dataset.definition
  const rows = dataset.rows()
  const hidden = rows.length - ROWS_SHOWN
  const facts = [
    id,
    rows.length === 1 ? '1 row' : `${rows.length} rows`,
    rowIdentifier === undefined ? 'no row identifier' : `row identifier ${rowIdentifier}`,
    isPublic ? 'public' : 'not public',
  ]
  const head = columns.map(
    ({ fieldName, dataTypeName }) =>
      `<th scope="col"${numberClass(dataTypeName)}>${fieldName}<br><small>${dataTypeName}</small></th>`,
  )
  const body = rows.slice(0, ROWS_SHOWN).map((row) => `<tr>${cellsOf(dataset, row)}</tr>`)
  return `<section id="${id}">
<h2>${escapeHtml(name)}</h2>
<p class="faint">${facts.join(' · ')}</p>
<div class="table" tabindex="0"><table><thead><tr>${head.join('')}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>
${hidden > 0 ? `<p class="faint">and ${hidden} more: <a href="/resource/${id}.json">/resource/${id}.json</a></p>` : ''}
</section>`
}

function cellsOf({ definition }: SocrataDataset, { cells }: StoredRow): string {
  return definition.columns
    .map(({ fieldName, dataTypeName }) => {
      const shown = escapeHtml(toText(cells[fieldName]))
      return `<td${numberClass(dataTypeName)} title="${shown}">${shown}</td>`
    })
    .join('')
}

function numberClass(type: string): string {
  return type === 'number' ? ' class="number"' : ''
}

function toText(cell: SocrataCell | undefined): string {
  if (cell === undefined) return ''
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}
