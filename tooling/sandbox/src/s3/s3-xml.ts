import { S3Error } from './s3-error.ts'

/** Children of an XML element to write; `undefined` is left out, an array repeats the element. */
export type XmlChildren = { readonly [name: string]: XmlValue }
export type XmlValue = string | number | boolean | undefined | XmlChildren | readonly XmlValue[]

/** An element that was read: its text, or its children in order. */
export interface XmlElement {
  readonly name: string
  readonly text: string
  readonly children: readonly XmlElement[]
}

export function toXml(root: string, children: XmlChildren, namespace = true): string {
  const xmlns = namespace ? ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"' : ''
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${xmlns}>${childrenText(children)}</${root}>`
}

function childrenText(children: XmlChildren): string {
  return Object.entries(children)
    .map(([name, value]) => elementText(name, value))
    .join('')
}

function elementText(name: string, value: XmlValue): string {
  if (value === undefined) return ''
  if (isList(value)) return value.map((item) => elementText(name, item)).join('')
  const content = typeof value === 'object' ? childrenText(value) : escapeText(String(value))
  return `<${name}>${content}</${name}>`
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
}

function escapeText(text: string): string {
  return text.replace(/[&<>"\r]/g, (char) => ESCAPES[char] ?? char)
}

/** Reads a whole document; attributes are ignored. @throws S3Error MalformedXML */
export function parseXml(text: string, root: string): XmlElement {
  const tokens = text.replace(/^\uFEFF?\s*(<\?[^>]*\?>\s*)?/, '').match(/<[^>]*>|[^<]+/g) ?? []
  const top: { name: string; text: string; children: XmlElement[] } = { name: '', text: '', children: [] }
  const open = [top]
  for (const token of tokens) {
    const parent = open.at(-1) as typeof top
    const tag = /^<(\/?)([A-Za-z][\w.-]*)(?:\s[^>]*?)?(\/?)>$/.exec(token)
    if (!token.startsWith('<')) parent.text += unescapeText(token)
    else if (!tag) throw malformedXml()
    else if (tag[1] === '/') {
      if (open.length === 1 || parent.name !== tag[2]) throw malformedXml()
      open.pop()
    } else {
      const element = { name: tag[2] as string, text: '', children: [] }
      parent.children.push(element)
      if (tag[3] !== '/') open.push(element)
    }
  }
  const [document] = top.children
  if (open.length !== 1 || top.children.length !== 1 || top.text.trim() !== '' || document?.name !== root) {
    throw malformedXml()
  }
  return document
}

/** The text of the child of that name, if there is one. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text
}

export function malformedXml(): S3Error {
  return new S3Error(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  )
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescapeText(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));|&/g, (_, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
    const char = NAMED[name ?? '']
    if (char === undefined) throw malformedXml()
    return char
  })
}
