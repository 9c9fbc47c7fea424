// The formats `delta` and `tree`: what PVXS's tools print, line for line.
import { markedPaths, type AnyValue, type TypeDef, type UnionValue, type Value } from '../../data/index.js'
import { escapeLine } from '../../input/index.js'
import type { NumberText } from './numbers.js'
import { heldBy } from './reading.js'

export interface PvxsStyle {
  readonly number: NumberText
  /** Elements shown of an array; 0: all. */
  readonly limit: number
}

// PVXS's words for types, where they are others than ours.
const WORDS: Readonly<Record<string, string>> = { float32: 'float', float64: 'double' }

export function wordOf(code: string): string {
  const [element = '', array = ''] = code.split(/(\[\])/)
  return (WORDS[element] ?? (/^u?int/.test(element) ? `${element}_t` : element)) + array
}

const C_ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
}

/** Text between quotes, as a literal of C; what is not ASCII stands as it is. */
function literal(text: string): string {
  return escapeLine(text.replace(/[\u0007-\r\\'"]/g, (c) => C_ESCAPES[c] ?? c))
}

export function idText(type: TypeDef): string {
  return type.id === '' ? '' : ` "${literal(type.id)}"`
}

function plainText(type: TypeDef, x: unknown, style: PvxsStyle): string {
  switch (typeof x) {
    case 'string':
      return `"${literal(x)}"`
    case 'number':
    case 'bigint':
      return style.number(x, type.code)
    case 'object':
      return arrayText(type, x as ArrayLike<unknown>, style)
    default:
      return String(x)
  }
}

function arrayText(type: TypeDef, list: ArrayLike<unknown>, style: PvxsStyle): string {
  const shown = style.limit === 0 ? list.length : Math.min(list.length, style.limit)
  const parts: string[] = []
  for (let i = 0; i < shown; i++) {
    const x = list[i]
    parts.push(typeof x === 'boolean' ? (x ? '1' : '0') : plainText(type.element, x, style))
  }
  if (shown < list.length) parts.push('...')
  return `{${list.length}}[${parts.join(', ')}]`
}

const COMPOUND = /^(struct|union|any)/

/** The fields that are marked, a line each. */
export function delta(value: Value, style: PvxsStyle, indent: string): string {
  const lines: string[] = []
  const add = (path: string, type: TypeDef, x: unknown): void => {
    const head = `${path}${path === '' ? '' : ' '}${wordOf(type.code)}`
    if (!COMPOUND.test(type.code)) {
      lines.push(`${head} = ${plainText(type, x, style)}`)
      return
    }
    const list = type.code.endsWith('[]') ? (x as readonly unknown[]) : undefined
    const id = type.code === 'struct' ? idText(type) : ''
    lines.push(head + id)
    if (list !== undefined) list.forEach((item, k) => element(`${path}[${k}]`, type.element, item))
    else if (type.code !== 'struct') {
      const held = heldBy(type, x as UnionValue | AnyValue | null)
      if (held === null) lines.push(`${path}-> null`)
      else whole(`${path}->${type.code === 'union' ? escapeLine(held.name) : ''}`, held.type, held.content)
    }
  }
  const element = (path: string, type: TypeDef, x: unknown): void => {
    const item = elementOf(type, x)
    if (item === null) lines.push(`${path} null`)
    else whole(path, item.type, item.content)
  }
  // What stands in an array, a union or an any: a structure shows what is marked in it.
  const whole = (path: string, type: TypeDef, x: unknown): void => {
    add(path, type, x)
    if (type.code === 'struct') marked(x as Value, `${path}.`)
  }
  const covered = (type: TypeDef, x: unknown, path: string, structures: boolean): void => {
    if (type.code !== 'struct') add(path, type, x)
    else {
      if (structures) add(path, type, x)
      for (const member of type.members) {
        const below = `${path}${path === '' || path.endsWith('.') ? '' : '.'}${escapeLine(member.name)}`
        covered(member.type, (x as Value).$get(member.name), below, structures)
      }
    }
  }
  const marked = (structure: Value, prefix: string): void => {
    for (const path of markedPaths(structure)) {
      // The mark of the whole has PVXS mark what is below, but not the structures in it.
      if (path === '') covered(structure.$type, structure, prefix, false)
      else covered(typeAt(structure.$type, path), structure.$get(path), prefix + escapeLine(path), true)
    }
  }
  if (markedPaths(value)[0] === '') add('', value.$type, value)
  marked(value, '')
  return lines.map((text) => `${indent}${text}\n`).join('')
}

/** An element of an array as PVXS has it: what a union or an any holds stands in its place. */
function elementOf(type: TypeDef, x: unknown): { readonly type: TypeDef; readonly content: unknown } | null {
  if (x === null) return null
  return type.code === 'struct' ? { type, content: x } : heldBy(type, x as UnionValue | AnyValue)
}

function typeAt(type: TypeDef, path: string): TypeDef {
  let at = type
  for (const name of path.split('.')) at = at.members.find((member) => member.name === name)?.type ?? at
  return at
}

/** The whole value, structures nested. */
export function tree(value: Value, style: PvxsStyle, indent: string): string {
  return indent + shown(value.$type, value, '', style, indent)
}

function shown(type: TypeDef, x: unknown, member: string, style: PvxsStyle, indent: string): string {
  const name = member === '' ? '' : ` ${escapeLine(member)}`
  const head = wordOf(type.code) + (type.code.endsWith('[]') ? '' : idText(type))
  if (!COMPOUND.test(type.code)) return `${head}${name} = ${plainText(type, x, style)}\n`
  const deeper = `${indent}    `
  if (type.code === 'struct') {
    if (type.members.length === 0) return `${head} {}${name}\n`
    const members = type.members.map(
      (field) => deeper + shown(field.type, (x as Value).$get(field.name), field.name, style, deeper),
    )
    return `${head} {\n${members.join('')}${indent}}${name}\n`
  }
  if (type.code.endsWith('[]'))
    return `${head}${name} = ${elements(type, x as readonly unknown[], style, indent)}\n`
  const held = heldBy(type, x as UnionValue | AnyValue | null)
  const selected = type.code === 'union' && held !== null ? `.${escapeLine(held.name)}` : ''
  return `${head}${name}${selected} ${held === null ? 'null\n' : shown(held.type, held.content, '', style, indent)}`
}

function elements(type: TypeDef, list: readonly unknown[], style: PvxsStyle, indent: string): string {
  if (list.length === 0) return '{0}[]'
  const deeper = `${indent}    `
  const most = style.limit === 0 ? list.length : Math.min(list.length, style.limit)
  const lines = list.slice(0, most).map((x) => {
    const item = elementOf(type.element, x)
    return deeper + (item === null ? 'null\n' : shown(item.type, item.content, '', style, deeper))
  })
  if (most < list.length) lines.push(`${deeper}...\n`)
  return `{${list.length}}[\n${lines.join('')}${indent}]`
}
