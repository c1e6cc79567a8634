import { styleText } from 'node:util'
import type { Certificate } from './certificate.ts'
import {
  type CertificateView,
  type Item,
  type Table,
  type Tone,
  viewCertificate,
} from './certificate-view.ts'

export interface TextOptions {
  /** In columns; 80 unless said. */
  readonly width?: number
  /** Off unless said: ask the stream that it goes to. */
  readonly colour?: boolean
}

const COLOURS = { good: 'green', bad: 'red', warning: 'yellow' } as const

/** A certificate as text for a terminal or a log: the verdict first, every figure with all its digits. No line feed at the end. */
export function renderCertificateText(
  certificate: Certificate,
  { width = 80, colour = false }: TextOptions = {},
): string {
  const view = viewCertificate(certificate)
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const paintTone = (tone: Tone, text: string) => paint(['bold', COLOURS[tone]], text)

  const lines = [
    paintTone(view.tone, view.verdict),
    ...wrap(view.meaning, width, ''),
    '',
    ...view.facts.flatMap(([label, value]) => wrap(`${label.padEnd(12)}${value}`, width, ' '.repeat(12))),
  ]
  for (const table of view.tables) {
    lines.push('', paint('bold', visible(table.caption)), ...tableLines(table, width))
  }
  for (const { caption, items } of view.lists) {
    const stateWidth = Math.max(0, ...items.map(({ state }) => (state ? state[0].length + 2 : 0)))
    lines.push('', paint('bold', caption))
    for (const item of items) lines.push(...itemLines(item, stateWidth, width, paintTone))
  }
  return lines.join('\n')
}

function itemLines(
  { text, state, details }: Item,
  stateWidth: number,
  width: number,
  paint: (tone: Tone, text: string) => string,
): string[] {
  const indent = ' '.repeat(stateWidth)
  const [first = '', ...rest] = wrap(`${indent}${text}`, width, indent)
  const head = state ? paint(state[1], state[0]) + ' '.repeat(stateWidth - state[0].length) : ''
  return [
    head + first.slice(stateWidth),
    ...rest,
    ...details.flatMap((detail) => wrap(`${indent}  ${detail}`, width, `${indent}  `)),
  ]
}

function tableLines({ header, rows }: Table, width: number): string[] {
  const cells = [header, ...rows].map((row) => row.map(visible))
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const total = widths.reduce((sum, cell) => sum + cell + 2, -2)
  if (total > width) return stackedLines(cells, width)
  return cells.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}

/** A table that is too wide: each row becomes a block of its figures. */
function stackedLines([header = [], ...rows]: readonly (readonly string[])[], width: number): string[] {
  const labelWidth = Math.max(...header.map((label) => label.length)) + 2
  const figureWidth = Math.min(
    Math.max(...rows.flatMap((row) => row.slice(1)).map((cell) => cell.length)),
    Math.max(0, width - labelWidth - 2),
  )
  return rows.flatMap(([name = '', ...figures]) => [
    name,
    ...figures.map(
      (figure, column) => `  ${(header[column + 1] ?? '').padEnd(labelWidth)}${figure.padStart(figureWidth)}`,
    ),
  ])
}

/** Breaks at spaces; a longer word stays whole so that it can be copied. */
function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of visible(text).split(/(?<=\S) /)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = indent + word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

/** Control characters of the data must reach neither the terminal nor the page. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) =>
    character === '\n' ? '\\n' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** A certificate as one HTML file that loads nothing, follows the reader's light or dark, and prints on one A4 page. */
export function renderCertificateHtml(certificate: Certificate): string {
  const view = viewCertificate(certificate)
  const columns = certificate.columns.map(({ ordinal, name, type }) => `${ordinal} ${name} ${type.kind}`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(`${view.verdict}: ${certificate.recordType}, ${certificate.runId}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1><span class="state ${view.tone}">${escapeHtml(view.verdict)}</span> ${escapeHtml(certificate.recordType)}</h1>
<p>${escapeHtml(view.meaning)}</p>
<dl>
${view.facts.map(([label, value]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`).join('\n')}
</dl>
${view.tables.map(tableHtml).join('\n')}
<div class="lists">
${view.lists.map(listHtml).join('\n')}
<section>
<h2>Columns, by ordinal</h2>
<p class="small">${escapeHtml(columns.join(', '))}</p>
</section>
</div>
</main>
</body>
</html>
`
}

function tableHtml({ caption, header, rows }: Table): string {
  const head = header.map((label) => `<th scope="col">${escapeHtml(label)}</th>`).join('')
  const body = rows.map(([name = '', ...figures]) => {
    const cells = figures.map((figure) => `<td>${escapeHtml(figure)}</td>`).join('')
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells}</tr>`
  })
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(caption)}">
<table>
<caption>${escapeHtml(caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>
</div>`
}

function listHtml({ caption, items }: CertificateView['lists'][number]): string {
  const lines = items.map(({ text, state, details }) => {
    const badge = state ? `<span class="state ${state[1]}">${escapeHtml(state[0])}</span> ` : ''
    const inner = details.map((detail) => `<li>${escapeHtml(detail)}</li>`).join('')
    return `<li>${badge}${escapeHtml(text)}${inner === '' ? '' : `<ul>${inner}</ul>`}</li>`
  })
  return `<section>
<h2>${escapeHtml(caption)}</h2>
<ul>
${lines.join('\n')}
</ul>
</section>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --line: #bbb; --good: #11632b; --bad: #a4161a; --warning: #7a4a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #161616; --line: #555; --good: #6fcf8a; --bad: #ff8a8a; --warning: #f0b860; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.4 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5em; margin: 0; } h2, caption { font-size: 1em; font-weight: 600; text-align: left; margin: 0.9em 0 0.2em; }
p, ul, dl { margin: 0.2em 0; } ul { padding-left: 1.2em; } ul ul { list-style: none; padding-left: 0.6em; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 0 1rem; }
dl div { display: flex; gap: 0.6em; } dt { flex: 0 0 6.5em; opacity: 0.8; } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; margin-top: 0.9em; } caption { margin: 0; padding-bottom: 0.2em; }
th, td { padding: 0.15em 0.5em; border-bottom: 1px solid var(--line); text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; } th, td { white-space: nowrap; overflow-wrap: normal; }
th:first-child { text-align: left; } tbody th { font-weight: 400; }
.state { font-weight: 700; } .good { color: var(--good); } .bad { color: var(--bad); } .warning { color: var(--warning); }
.small { font-size: 0.85em; }
@page { size: A4; margin: 10mm; }
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; --line: #999; --good: #0b4d20; --bad: #8a0f13; --warning: #5c3800; }
  body { font-size: 7.5pt; line-height: 1.2; } main { max-width: none; padding: 0; } .scroll { overflow-x: visible; } table, section { break-inside: avoid; }
  h2 { margin-top: 0.4em; } table { margin-top: 0.6em; } caption { margin: 0; } th, td { padding: 0 0.5em; } dl { grid-template-columns: 1fr 1fr; } .lists { columns: 2; }
}
`
