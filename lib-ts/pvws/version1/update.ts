// The updates of version 1, PVWS, as the pages know them that were written for the reference server: one JSON object each.
import type { TypeDef, Value } from '../../data/index.js'
import { arrayContent } from './arrays.js'
import { numberText, type Base64, type Content1 } from './content.js'
import { imageContent } from './image.js'
import { metadataOf } from './metadata.js'

/** The five severities by their number in PVAccess's `alarm_t`. */
export const SEVERITIES = ['NONE', 'MINOR', 'MAJOR', 'INVALID', 'UNDEFINED'] as const

/**
 * An update, cut into what every browser gets alike and what depends on what a browser got before. `value` and `time` are
 * members of a JSON object with a comma before them; `meta` is sent with the first update and again when its text changes.
 */
export interface Update1 {
  readonly meta: string
  readonly value: string
  readonly time: string
  readonly severity: string
  /** What takes the place of `value` while the PV is disconnected. */
  readonly lost: string
}

const MOST_TEXT = 4096

/**
 * The update for a value, or for the field at `path` in it. A structure that is read by its path has no metadata of the
 * structure around it.
 *
 * @param now ms since 1970, for a value without a time stamp
 */
export function encodeUpdate1(value: Value, path: string, base64: Base64, now: number): Update1 {
  const at: unknown = path === '' ? value : value[path]
  const content = isValue(at) ? structureContent(at, base64) : fieldContent(typeAt(value, path), at, base64)
  const described = isValue(at) ? at : undefined
  const severity = Number(described?.['alarm.severity'] ?? 0)
  const numbers = content.numeric === true && described !== undefined ? metadataOf(described) : ''
  return {
    meta: `,"vtype":"${content.vtype}"${numbers}${content.meta ?? ''}`,
    value: content.value,
    time: timeOf(path === '' ? value.$timeNs : described?.$timeNs, now),
    severity: SEVERITIES[severity] ?? 'UNDEFINED',
    lost: content.numeric === true && content.large !== true ? ',"value":"NaN"' : '',
  }
}

/** Whether values of this type are arrays, tables or images, which have a rate of their own. */
export function isLarge1(value: Value, path: string): boolean {
  const at: unknown = path === '' ? value : value[path]
  const type = isValue(at) ? at.$type : typeAt(value, path)
  if (type === undefined) return false
  if (type.code.endsWith('[]') || /^epics:nt\/NT(NDArray|Table):/.test(type.id)) return true
  return type.members.find(({ name }) => name === 'value')?.type.code.endsWith('[]') ?? false
}

function isValue(x: unknown): x is Value {
  return typeof x === 'object' && x !== null && '$type' in x
}

function timeOf(ns: bigint | undefined, now: number): string {
  const at = ns ?? BigInt(Math.floor(now)) * 1_000_000n
  let seconds = at / 1_000_000_000n
  if (at < 0n && at % 1_000_000_000n !== 0n) seconds -= 1n
  return `,"seconds":${seconds},"nanos":${at - seconds * 1_000_000_000n}`
}

/** The type of the field, or undefined for one inside a union, an any or an array, which only its value tells. */
function typeAt(value: Value, path: string): TypeDef | undefined {
  let type: TypeDef | undefined = value.$type
  for (const name of path.split('.')) type = type?.members.find((member) => member.name === name)?.type
  return type
}

function structureContent(value: Value, base64: Base64): Content1 {
  const { id, members } = value.$type
  if (id.startsWith('epics:nt/NTNDArray:')) {
    const image = imageContent(value, base64)
    if (image !== undefined) return image
  } else if (id.startsWith('epics:nt/NTTable:')) return tableContent(value)
  const inner = members.find(({ name }) => name === 'value')?.type
  if (inner === undefined) return jsonContent(value)
  return fieldContent(inner, value['value'], base64, value)
}

function fieldContent(type: TypeDef | undefined, x: unknown, base64: Base64, whole?: Value): Content1 {
  if (type === undefined || x === undefined) return jsonContent(x)
  if (isValue(x)) return enumContent(x) ?? jsonContent(whole ?? x)
  if (type.code.endsWith('[]')) return arrayContent(type.code, x, base64) ?? jsonContent(whole ?? x)
  return scalarContent(type.code, x) ?? jsonContent(whole ?? x)
}

const NUMBERS: Readonly<Record<string, string>> = {
  float64: 'VDouble',
  float32: 'VFloat',
  int8: 'VByte',
  int16: 'VShort',
  int32: 'VInt',
  int64: 'VLong',
  uint8: 'VUByte',
  uint16: 'VUShort',
  uint32: 'VUInt',
  uint64: 'VULong',
}

function scalarContent(code: string, x: unknown): Content1 | undefined {
  const vtype = NUMBERS[code]
  if (vtype !== undefined) return { vtype, value: `,"value":${numberText(x)}`, numeric: true }
  if (code === 'string') return { vtype: 'VString', value: `,"text":${JSON.stringify(x)}` }
  if (code !== 'bool') return undefined
  const text = x === true ? '"true"' : '"false"'
  return {
    vtype: 'VEnum',
    meta: ',"labels":["false","true"]',
    value: `,"value":${x === true ? 1 : 0},"text":${text}`,
  }
}

function enumContent(value: Value): Content1 | undefined {
  const index: unknown = value['index']
  const choices: unknown = value['choices']
  if (typeof index !== 'number' || !Array.isArray(choices)) return undefined
  const label: unknown = choices[index] ?? String(index)
  return {
    vtype: 'VEnum',
    meta: `,"labels":${JSON.stringify(choices)}`,
    value: `,"value":${index},"text":${JSON.stringify(label)}`,
  }
}

function tableContent(value: Value): Content1 {
  const plain = value.toJSON() as { readonly labels?: readonly string[]; readonly value?: object }
  const columns = Object.values(plain.value ?? {})
  const labels = plain.labels?.length === columns.length ? plain.labels : Object.keys(plain.value ?? {})
  const parts = `,"labels":${JSON.stringify(labels)},"columns":${JSON.stringify(columns)}`
  const text = JSON.stringify(cut(JSON.stringify({ labels, columns })))
  return { vtype: 'VTable', value: `,"text":${text}${parts}`, large: true }
}

function jsonContent(x: unknown): Content1 {
  const text = JSON.stringify(x ?? null, (_, member: unknown) =>
    typeof member === 'bigint' ? member.toString() : member,
  )
  return { vtype: 'VStructure', value: `,"text":${JSON.stringify(cut(text))}` }
}

function cut(text: string): string {
  if (text.length <= MOST_TEXT) return text
  // Not between the halves of a character beyond the first 65,536.
  const last = text.charCodeAt(MOST_TEXT - 1)
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? MOST_TEXT - 1 : MOST_TEXT)
}
