// node scripts/pi/generate.mjs: the tables of PI Web API -> lib-ts/pi/table/*.generated.ts
// A row in endpoints.tsv is a typed method, a row in shapes.tsv the type of an answer; neither needs any other code.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import prettier from 'prettier'
import { isMain, root } from '../project.mjs'

const folder = join(import.meta.dirname)

/** The rows of a table: lines of cells, without the comments and the head. */
function table(name) {
  const lines = readFileSync(join(folder, name), 'utf8').split('\n')
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .slice(1)
    .map((line) => line.split('\t'))
}

/** The endpoints as objects. */
export const endpoints = table('endpoints.tsv').map(
  ([controller, action, verb, path, query = '', body = '', answer = '']) => ({
    controller,
    action,
    verb,
    path,
    query,
    body,
    answer,
  }),
)

/** The builders of piwebasync, each with the action that is the same. */
export const builders = table('endpoints.tsv')
  .filter((cells) => (cells[8] ?? '') !== '')
  .map(([controller, action, , , , , , , name]) => ({ theirs: `${controller}.${name}`, controller, action }))

const shapes = table('shapes.tsv').map(([name, fields = '', links = '']) => ({ name, fields, links }))
const shapeNames = new Set(shapes.map(({ name }) => name))

const head = '// Written by scripts/pi/generate.mjs from its tables; edit those.\n'

const plainTypes = {
  text: 'string',
  int: 'number',
  number: 'number',
  bool: 'boolean',
  any: 'unknown',
  time: 'string',
}

function fieldType(kind) {
  if (kind.endsWith('[]')) return `readonly ${fieldType(kind.slice(0, -2))}[]`
  const map = /^map<(.*)>$/.exec(kind)
  if (map !== null) return `Readonly<Record<string, ${fieldType(map[1])}>>`
  return plainTypes[kind] ?? typeName(kind)
}

/** Shapes whose names TypeScript or the DOM has already. */
const typeName = (shape) => (shapeNames.has(shape) ? `Pi${shape}` : 'Readonly<Record<string, unknown>>')

// What an answer carries only when there is something to say.
const optional = new Set(['Errors', 'Exception', 'WebException', 'Annotations'])

function shapeText({ name, fields, links }) {
  const members = fields
    .split(' ')
    .filter((field) => field !== '')
    .map((field) => {
      const [key, kind] = field.split(/:(.*)/)
      return `readonly ${key}${optional.has(key) && name !== 'Errors' && name !== 'WebException' ? '?' : ''}: ${fieldType(kind)}`
    })
  const named = links.split(' ').filter((link) => link !== '')
  if (named.length > 0)
    members.push(`readonly Links?: { ${named.map((link) => `readonly ${link}?: string`).join('; ')} }`)
  if (name !== 'WebException') members.push('readonly WebException?: PiWebException | null')
  return `/** \`${name}\` of the vendor's reference. */
export interface Pi${name} { ${members.join('\n')} }`
}

function answerType({ verb, action, answer }) {
  if (answer === '') {
    if (verb !== 'POST') return 'undefined'
    return action.startsWith('create') ? 'Created' : 'Created | undefined'
  }
  if (answer === 'binary') return 'Uint8Array'
  if (answer === 'object') return 'unknown'
  const map = /^dict\(str, (.*)\)$/.exec(answer)
  if (map !== null) return `Readonly<Record<string, ${map[1] === 'object' ? 'unknown' : typeName(map[1])}>>`
  if (answer === 'Itemsstring') return 'Items<string>'
  if (answer === 'ItemsItemsSubstatus') return 'Items<Items<PiSubstatus>>'
  if (answer.startsWith('Items')) return `Items<${typeName(answer.slice(5))}>`
  return typeName(answer)
}

const bodies = {
  'streams value': 'TimedValue',
  'streams values': 'TimedValue[]',
  'streamsets updateValue values': 'StreamValue[]',
  'streamsets updateValueAdHoc values': 'StreamValue[]',
  'streamsets values': 'StreamValues[]',
  unitDTO: 'Unit',
  unitClassDTO: 'UnitClass',
  database: 'AssetDatabase',
  query: 'SearchByAttribute',
  data: 'TableData',
}

function bodyType({ controller, action, body }) {
  if (body === 'multipart') return 'Multipart'
  if (body === 'omf') return 'readonly object[]'
  if (body === 'batch') return 'Readonly<Record<string, Draft<PiRequest>>>'
  const own = body[0].toUpperCase() + body.slice(1)
  const made = action.replace(/^create/, '')
  const got = endpoints.find((row) => row.controller === controller && row.action === 'get')?.answer ?? ''
  const named =
    bodies[`${controller} ${action} ${body}`] ??
    bodies[`${controller} ${body}`] ??
    bodies[body] ??
    [own, made, got].find((name) => shapeNames.has(name) && name !== 'Value')
  if (named === undefined || controller === 'configuration') return 'unknown'
  return named.endsWith('[]') ? `readonly Draft<Pi${named.slice(0, -2)}>[]` : `Draft<Pi${named}>`
}

/** A word of the query column as name, kind and signs. */
function parameter(word) {
  const [, name, signs, kind = 'text', last] = /^(\w+)([;*!]*)(?::(\w+))?(!?)$/.exec(word)
  return {
    name,
    list: signs.includes(';'),
    repeated: signs.includes('*'),
    required: (signs + last).includes('!'),
    kind,
  }
}

function parameterType({ kind, list, repeated }) {
  if (list) return 'List'
  const one = { text: 'Text', span: 'Text', int: 'Int', bool: 'Bool', time: 'Time' }[kind]
  return repeated ? `Many<${one}>` : one
}

function rowType(row) {
  const required = [...row.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `${name}: Text`)
  const free = []
  for (const word of row.query.split(' ').filter((text) => text !== '')) {
    const one = parameter(word)
    ;(one.required ? required : free).push(`${one.name}: ${parameterType(one)}`)
  }
  if (row.body !== '') required.push(`body: ${bodyType(row)}`)
  const block = (members) => (members.length === 0 ? 'unknown' : `{ ${members.join('; ')} }`)
  return `readonly ${row.action}: Row<${block(required)}, ${block(free)}, ${answerType(row)}>`
}

/** The generated files by name. */
export async function generate() {
  const controllers = [...new Set(endpoints.map(({ controller }) => controller))]
  const of = (name) => endpoints.filter(({ controller }) => controller === name)
  const rows = controllers.map((name) => {
    const lines = of(name).map(({ action, verb, path, query, body, answer }) =>
      [action, verb, path, query, body, answer === 'binary' ? 'binary' : ''].join('|').replace(/\|+$/, ''),
    )
    return `  ${name}: \`\n${lines.join('\n')}\`,`
  })
  const used = new Set()
  const types = controllers.map((name) => `readonly ${name}: { ${of(name).map(rowType).join('\n')} }`)
  for (const [name] of types.join('').matchAll(/\bPi[A-Z]\w+/g)) used.add(name)
  const files = {
    'rows.generated.ts': `${head}
/** Per controller a line per action: \`action|verb|path|query|body|answer\`. */
export const rows = {
${rows.join('\n')}
} as const
`,
    'shapes.generated.ts': `${head}
${shapes.map(shapeText).join('\n\n')}
`,
    'actions.generated.ts': `${head}
import type { Bool, Created, Draft, Int, Items, List, Many, Multipart, Row, Text, Time } from './row.js'
import type { ${[...used].sort().join(', ')} } from './shapes.generated.js'

/** What each action takes and answers. */
export interface Actions { ${types.join('\n')} }
`,
  }
  const style = await prettier.resolveConfig(join(root, 'package.json'))
  for (const [name, text] of Object.entries(files))
    files[name] = await prettier.format(text, { ...style, parser: 'typescript' })
  return files
}

/** Where they lie. */
export const generated = join(root, 'lib-ts/pi/table')

if (isMain(import.meta.url)) {
  for (const [name, text] of Object.entries(await generate())) writeFileSync(join(generated, name), text)
}
