// Writes what was typed into a value.
import type { MutableValue, TypeDef, UnionValue, Value } from '../data/index.js'
import { UsageError } from './declare.js'
import { cellFor, type FieldWords } from './assignments.js'
import { hasChoices, isTable } from './output/reading.js'
import { contentOf, type Present, type Reading } from './words.js'

/** A field that is written. */
export interface Written {
  readonly path: string
  readonly type: TypeDef
}

/**
 * Writes what was typed for one field into the value; gives the leaves that are written.
 *
 * @throws UsageError, ConversionError or NoFieldError when it cannot be written
 */
export function assign(made: MutableValue, name: string, field: FieldWords): Written[] {
  const type = made.$type
  const { path = 'value' } = field
  const target = typeAt(type, path)
  if (field.path === undefined && (target === undefined || (field.how === 'json' && isObject(field)))) {
    made.$assign(contentOf(type, ...wordsOf(false, name, field), '') as never)
    return leaves(made, '', type)
  }
  if (target === undefined) {
    made.$get(path) // its complaint names the fields there are
    throw new UsageError(`${path} is not a field that can be written by itself`)
  }
  const words = wordsOf(path === 'value' && isTable(type), name, field)
  const content = contentOf(target, ...words, path, presentOf(made, path, target))
  ;(made as Record<string, unknown>)[path] = content
  return leaves(made, path, target)
}

/** The words for a field: of CSV, where the PV is not a table, the cell for this PV. */
function wordsOf(table: boolean, name: string, { words, how }: FieldWords): [FieldWords['words'], Reading] {
  if (how !== 'csv' || table) return [words, how]
  return [words.map((word) => cellFor(name, word)), 'cell']
}

/** The leaves of a structure that are written; an enum is one of them. */
function leaves(made: MutableValue, path: string, type: TypeDef): Written[] {
  if (type.code !== 'struct' || hasChoices(type)) return [{ path, type }]
  return type.members.flatMap((member) => {
    const below = path === '' ? member.name : `${path}.${member.name}`
    return made.$isChanged(below) ? leaves(made, below, member.type) : []
  })
}

function isObject({ words }: FieldWords): boolean {
  return words.length === 1 && /^\s*\{/.test(words[0]?.text ?? '')
}

/** The type of a field; without a path of the value, or of the whole where there is no value. */
export function typeAt(type: TypeDef, path: string | undefined): TypeDef | undefined {
  if (path === undefined) return typeAt(type, 'value') ?? type
  let at: TypeDef | undefined = type
  for (const [, separator = '', name] of path.matchAll(/(->|\.|^)(\w+)/g)) {
    const inside: boolean = (at.code === 'union') === (separator === '->')
    const member: TypeDef | undefined = at.members.find((one) => one.name === name)?.type
    if (!inside || member === undefined) return undefined
    at = member
  }
  return at
}

/** Whether text means something by what is there now: a label, the member of a union that is selected. */
export function dependsOnPresent(type: TypeDef): boolean {
  return (
    type.code === 'union' ||
    hasChoices(type) ||
    (type.code === 'struct' && type.members.some((member) => dependsOnPresent(member.type)))
  )
}

function presentOf(made: MutableValue, path: string, type: TypeDef): Present {
  if (hasChoices(type)) return { choices: at(made, `${path}.choices`) as readonly string[] }
  if (type.code === 'union') return { selected: (at(made, path) as UnionValue | null)?.select }
  return {}
}

/** What is in a field, or the whole. */
export function at(value: Value | MutableValue, path: string): unknown {
  return path === '' ? value : (value as Readonly<Record<string, unknown>>)[path]
}
