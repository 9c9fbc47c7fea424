// Types of PVs as a module of TypeScript or JavaScript.
//
// Names and ids come from the network: each is written as a quoted literal, and the names of exports are made of ASCII
// letters and digits alone. The order of the PVs does not matter, and the same types give the same bytes.
import type { TypeDef } from '../data/index.js'

export type Dialect = 'ts' | 'js' | 'd.ts'

/** Types by the PVs that have them. */
export type PvTypes = ReadonlyMap<string, TypeDef>

interface Export {
  readonly name: string
  readonly type: TypeDef
  readonly pvs: string[]
}

const HEAD = '// Written by node-pvxs types. Make it anew instead of editing it.\n'
const TAKEN = ['TypeDef', 'ValueOf', 'Value', 'AnyValue', 'UnionValue']

/** The text of the module. */
export function typeModule(types: PvTypes, dialect: Dialect): string {
  const exports = exportsOf(types)
  const blocks = exports.map((one) => blockOf(one, dialect))
  const entries = exports
    .flatMap(({ name, pvs }) => pvs.map((pv) => ({ name, pv })))
    .sort((a, b) => byCodePoint(a.pv, b.pv))
  return [HEAD + importsOf(exports, dialect), ...blocks, tableOf(entries, dialect)].join('\n')
}

function importsOf(exports: readonly Export[], dialect: Dialect): string {
  if (dialect === 'js') return "import { TypeDef } from 'node-pvxs'\n"
  if (dialect === 'ts') return "import { TypeDef, type ValueOf } from 'node-pvxs'\n"
  const text = exports.map(({ type }) => readText(type, '')).join('\n')
  const names = ['AnyValue', 'TypeDef', 'UnionValue', 'Value', 'ValueOf'].filter(
    (name) => name === 'TypeDef' || name === 'ValueOf' || new RegExp(`\\b${name}\\b`).test(text),
  )
  return `import type { ${names.join(', ')} } from 'node-pvxs'\n`
}

/** Code points, not UTF-16 units, as `list` sorts. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function exportsOf(types: PvTypes): Export[] {
  const exports: Export[] = []
  const taken = new Set(TAKEN)
  for (const pv of [...types.keys()].sort(byCodePoint)) {
    const type = types.get(pv)
    if (type === undefined) continue
    const known = exports.find((one) => one.type.equals(type, { ids: true }))
    if (known !== undefined) known.pvs.push(pv)
    else exports.push({ name: freeName(type.id, taken), type, pvs: [pv] })
  }
  return exports
}

/** `lab:Motor` is LabMotor, and the next one LabMotor2; without an id Type1, Type2. */
function freeName(id: string, taken: Set<string>): string {
  const words = id.match(/[A-Za-z0-9]+/g) ?? []
  const base = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  const stem = /^[A-Z]/.test(base) ? base : `Type${base}`
  const named = words.length > 0
  for (let n = 1; ; n++) {
    const name = named && n === 1 ? stem : `${stem}${n}`
    if (taken.has(name)) continue
    taken.add(name)
    return name
  }
}

function blockOf({ name, type }: Export, dialect: Dialect): string {
  if (dialect === 'd.ts')
    return `export declare const ${name}: TypeDef<${type.code === 'struct' ? fieldsText(type, '') : 'any'}>\nexport type ${name} = ValueOf<typeof ${name}>\n`
  const block = `export const ${name} = ${defText(type, '')}\n`
  return dialect === 'ts' ? `${block}export type ${name} = ValueOf<typeof ${name}>\n` : block
}

function tableOf(entries: readonly { name: string; pv: string }[], dialect: Dialect): string {
  if (dialect === 'd.ts') {
    const lines = entries.map(({ name, pv }) => `  readonly ${literal(pv)}: typeof ${name}\n`)
    return `export declare const pvs: {\n${lines.join('')}}\n`
  }
  const lines = entries.map(({ name, pv }) => `  ${key(pv)}: ${name},\n`)
  return `export const pvs = {\n${lines.join('')}}${dialect === 'ts' ? ' as const' : ''}\n`
}

/** Text as a literal that no text can leave: what is not plain ASCII is escaped, U+2028 too. */
export function literal(text: string): string {
  if (/^[\w :./@+=,;<>{}()[\]-]*$/.test(text)) return `'${text}'`
  return JSON.stringify(text).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

// In an object literal, __proto__ without brackets is not a property but the prototype.
function key(name: string): string {
  if (name === '__proto__') return `['__proto__']`
  return /^[A-Za-z_]\w*$/.test(name) ? name : literal(name)
}

/** `new TypeDef(…)` for a type. */
function defText(type: TypeDef, indent: string): string {
  const code = literal(type.code)
  if (!/^(struct|union)/.test(type.code)) return `new TypeDef(${code})`
  const id = type.id === '' ? '' : `, ${literal(type.id)}`
  return `new TypeDef(${code}${id}, ${shapeText(type, indent)})`
}

function shapeText(type: TypeDef, indent: string): string {
  if (type.members.length === 0) return '{}'
  const deeper = `${indent}  `
  const lines = type.members.map((member) => {
    const text = /^(struct|union)/.test(member.type.code)
      ? defText(member.type, deeper)
      : literal(member.type.code)
    return `${deeper}${key(member.name)}: ${text},\n`
  })
  return `{\n${lines.join('')}${indent}}`
}

const ARRAYS: Readonly<Record<string, string>> = {
  'bool[]': 'readonly boolean[]',
  'string[]': 'readonly string[]',
  'int64[]': 'BigInt64Array',
  'uint64[]': 'BigUint64Array',
  'any[]': 'readonly (AnyValue | null)[]',
}

/** The TypeScript type that a field reads as. */
function readText(type: TypeDef, indent: string): string {
  const { code } = type
  const array = code.endsWith('[]')
  switch (array ? code.slice(0, -2) : code) {
    case 'struct': {
      const value = `Value<${fieldsText(type, indent)}>`
      return array ? `readonly (${value} | null)[]` : value
    }
    case 'union': {
      const members = type.members.map(
        (member) => `UnionValue<${literal(member.name)}, ${readText(member.type, indent)}>`,
      )
      const value = [...members, 'null'].join(' | ')
      return array ? `readonly (${value})[]` : value
    }
    case 'any':
      return ARRAYS[code] ?? 'AnyValue | null'
    default:
      return array ? (ARRAYS[code] ?? numbersText(code)) : scalarText(code)
  }
}

function scalarText(code: string): string {
  if (code === 'bool') return 'boolean'
  if (code === 'string') return 'string'
  return code === 'int64' || code === 'uint64' ? 'bigint' : 'number'
}

/** `int32[]` is an Int32Array. */
function numbersText(code: string): string {
  const [, kind = '', bits = ''] = /^(u?int|float)(\d+)/.exec(code) ?? []
  return `${{ int: 'Int', uint: 'Uint', float: 'Float' }[kind] ?? ''}${bits}Array`
}

function fieldsText(type: TypeDef, indent: string): string {
  if (type.members.length === 0) return '{}'
  const deeper = `${indent}  `
  const lines = type.members.map((member) => {
    const name = /^[A-Za-z_]\w*$/.test(member.name) ? member.name : literal(member.name)
    return `${deeper}${name}: ${readText(member.type, deeper)}\n`
  })
  return `{\n${lines.join('')}${indent}}`
}
