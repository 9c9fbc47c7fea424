// What is known of a value besides the value itself, for every format.
import { AlarmSeverity, type AnyValue, type TypeDef, type UnionValue, type Value } from '../../data/index.js'

/** A value with its name, as formats take it. */
export interface Reading {
  readonly name: string
  readonly value: Value
  /** The leaves that the server sent, where not all were asked for; the rest is zero and says nothing. */
  readonly sent?: ReadonlySet<string>
  /** Whether it is an update: what changed is shown. */
  readonly update: boolean
}

/** `value` of a value, or undefined. */
export function main(value: Value): { readonly type: TypeDef; readonly content: unknown } | undefined {
  const member = value.$type.members.find(({ name }) => name === 'value')
  return member && { type: member.type, content: value.$get('value') }
}

// Without an alarm the word for it is short.
const SEVERITIES = Object.keys(AlarmSeverity).map((name) => (name === 'NO_ALARM' ? 'NONE' : name))

export interface AlarmText {
  readonly level: number
  readonly severity: string
  readonly message: string
}

/** The alarm; undefined where the type has none, or it was not asked for. */
export function alarmOf({ value, sent }: Reading): AlarmText | undefined {
  const level: unknown = value['alarm.severity']
  if (typeof level !== 'number' || sent?.has('alarm.severity') === false) return undefined
  const message: unknown = value['alarm.message']
  return {
    level,
    severity: SEVERITIES[level] ?? 'UNDEFINED',
    message: typeof message === 'string' ? message : '',
  }
}

/** The time stamp in ns; undefined where the type has none, or it was not asked for. */
export function timeOf({ value, sent }: Reading): bigint | undefined {
  return sent?.has('timeStamp.secondsPastEpoch') === false ? undefined : value.$timeNs
}

export function unitsOf({ value }: Reading): string {
  const units: unknown = value['display.units']
  return typeof units === 'string' ? units : ''
}

/** The choice of an enum; undefined for what is not one. */
export function choiceOf(
  type: TypeDef,
  content: unknown,
): { index: number; label: string | undefined } | undefined {
  if (!hasChoices(type)) return undefined
  const { index, choices } = content as { index?: unknown; choices: readonly string[] }
  return typeof index === 'number' ? { index, label: choices[index] } : undefined
}

/** Whether it is an enum: a structure with an index and its choices. */
export function hasChoices(type: TypeDef): boolean {
  return (
    type.code === 'struct' &&
    isMembers(type, { choices: 'string[]' }) &&
    type.members.some((member) => member.name === 'index' && /^u?int\d+$/.test(member.type.code))
  )
}

function isMembers(type: TypeDef, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, code]) =>
    type.members.some((member) => member.name === name && member.type.code === code),
  )
}

export interface Columns {
  readonly names: readonly string[]
  readonly types: readonly TypeDef[]
  readonly columns: readonly ArrayLike<unknown>[]
  /** Of the longest column. */
  readonly rows: number
}

/** The columns of a table; undefined for what is not one. */
export function tableOf(value: Value): Columns | undefined {
  const { type, content } = main(value) ?? {}
  if (type?.code !== 'struct' || !isTable(value.$type)) return undefined
  const columns = type.members.map(({ name }) => (content as Value).$get(name) as ArrayLike<unknown>)
  return {
    names: type.members.map(({ name }) => name),
    types: type.members.map((member) => member.type),
    columns,
    rows: Math.max(0, ...columns.map(({ length }) => length)),
  }
}

/** Whether it is a normative table, or looks like one. */
export function isTable(type: TypeDef): boolean {
  const columns = type.members.find(({ name }) => name === 'value')?.type
  if (columns === undefined) return false
  const named = type.id.startsWith('epics:nt/NTTable:') || isMembers(type, { labels: 'string[]' })
  return named && isColumns(columns)
}

/** Whether it is a structure of nothing but arrays, as the columns of a table are. */
export function isColumns(type: TypeDef): boolean {
  return (
    type.code === 'struct' &&
    type.members.length > 0 &&
    type.members.every((member) => SCALAR_ARRAY.test(member.type.code))
  )
}

const SCALAR_ARRAY = /^(bool|u?int\d+|float\d+|string)\[\]$/

/** `uint8 4x3, 12 bytes` for an image; undefined for anything else. */
export function imageText(value: Value): string | undefined {
  if (!value.$id.startsWith('epics:nt/NTNDArray:')) return undefined
  const { type, content } = main(value) ?? {}
  const dimensions: unknown = value['dimension']
  if (type?.code !== 'union' || !Array.isArray(dimensions)) return undefined
  const shape = (dimensions as readonly ({ size?: unknown } | null)[])
    .map((dimension) => (typeof dimension?.size === 'number' ? String(dimension.size) : '?'))
    .join('x')
  const data = content === null ? undefined : (content as UnionValue).value
  const member = type.members.find(({ name }) => name === (content as UnionValue | null)?.select)
  const bytes = ArrayBuffer.isView(data) ? data.byteLength : Array.isArray(data) ? data.length : 0
  const codec: unknown = value['codec.name']
  const compressed = typeof codec === 'string' && codec !== '' ? `, codec ${codec}` : ''
  return `${member?.type.element.code ?? 'no data'} ${shape === '' ? '0' : shape}, ${bytes} bytes${compressed}`
}

/** What a union or an any holds, with its type and what it is called; null for nothing. */
export function heldBy(
  type: TypeDef,
  content: UnionValue | AnyValue | null,
): { readonly name: string; readonly type: TypeDef; readonly content: unknown } | null {
  if (content === null) return null
  if ('select' in content) {
    const member = type.members.find(({ name }) => name === content.select)
    return member === undefined ? null : { name: member.name, type: member.type, content: content.value }
  }
  return { name: content.type.code, type: content.type, content: content.value }
}
