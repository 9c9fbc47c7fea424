// The format `json`: one object per line, without a loss.
import { TypeDef, type Value } from '../../data/index.js'
import { PvaError } from '../../errors.js'
import { alarmOf, choiceOf, main, timeOf, type Reading } from './reading.js'
import { isoText } from './times.js'

type Json = Readonly<Record<string, unknown>>

/** How 64-bit integers are written. */
export type Int64Style = 'string' | 'number'

/**
 * A value with its name and what scripts ask for first, as a line. `known`: what was written of the PV before; most of an update
 * is what it was, and the same object.
 */
export function jsonLine(reading: Reading, int64: Int64Style, known?: Written): string {
  const { name, value, sent, update } = reading
  const time = isoText(timeOf(reading))
  const alarm = alarmOf(reading)
  const field = main(value)
  const label = field && choiceOf(field.type, field.content)?.label
  const head =
    `{"name":${knownText(name)}` +
    (time === undefined ? '' : `,"time":"${time}"`) +
    (alarm === undefined ? '' : `,"severity":"${alarm.severity}"`) +
    (label === undefined ? '' : `,"label":${textOf(label)}`) +
    (update ? `,"changed":[${changedText(value.$changed)}]` : '')
  const data =
    sent === undefined && int64 === 'string'
      ? (known ?? new Written()).text(value)
      : harmless(dataText(value.$type, value.toJSON(), sent, int64))
  return `${head},"data":${data}}\n`
}

/** Text as JSON, harmless to a terminal. */
function textOf(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : harmless(JSON.stringify(text))
}

const PLAIN = /^[ !#-[\]-~]*$/

/** Names of PVs and of fields come with every update: the text of each is made once. */
const KNOWN = new Map<string, string>()
const MOST_KNOWN = 10_000

function knownText(name: string): string {
  const known = KNOWN.get(name)
  if (known !== undefined) return known
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear()
  const text = textOf(name)
  KNOWN.set(name, text)
  return text
}

function changedText(changed: Iterable<string>): string {
  let text = ''
  for (const path of changed) text += text === '' ? knownText(path) : `,${knownText(path)}`
  return text
}

/** The JSON of a structure, and of the structures in it, as it was last written. */
export class Written {
  #content: Value | undefined
  #text = ''
  #keys: readonly string[] = []
  readonly #inside = new Map<number, Written>()

  /** The same as `JSON.stringify(value)`, harmless to a terminal. */
  text(value: Value): string {
    if (this.#content === value) return this.#text
    const { members } = value.$type
    if (this.#content?.$type !== value.$type) this.#keys = members.map(({ name }) => textOf(name))
    let text = ''
    let json: Json | undefined
    for (const [k, { name, type }] of members.entries()) {
      const content: unknown = value.$get(name)
      const shown =
        type.code === 'struct'
          ? this.#at(k).text(content as Value)
          : isNumbers(content)
            ? numbersText(content)
            : (simpleText(content) ?? harmless(JSON.stringify((json ??= value.toJSON())[name])))
      text += `${k === 0 ? '' : ','}${this.#keys[k] ?? ''}:${shown}`
    }
    this.#content = value
    return (this.#text = oneString(`{${text}}`))
  }

  #at(k: number): Written {
    const known = this.#inside.get(k)
    if (known !== undefined) return known
    const made = new Written()
    this.#inside.set(k, made)
    return made
  }
}

// V8 keeps a sum of texts as a tree, and walks it in every line that the text is a part of; asked for a character, it makes one.
function oneString(text: string): string {
  text.charCodeAt(0)
  return text
}

type Numbers = Exclude<NodeJS.TypedArray, BigInt64Array | BigUint64Array>

function isNumbers(x: unknown): x is Numbers {
  return ArrayBuffer.isView(x) && !(x instanceof BigInt64Array || x instanceof BigUint64Array)
}

// A block's list and text die young; of a million numbers at once both are moved by the garbage collector.
const BLOCK = 8_192

/** What a value's own JSON has for an array of numbers. By index: iterating throws when another thread has the memory. */
function numbersText(numbers: Numbers): string {
  let text = ''
  for (let at = 0; at < numbers.length; at += BLOCK) {
    const block = new Array<number | string>(Math.min(BLOCK, numbers.length - at))
    for (let i = 0; i < block.length; i++) {
      const x = numbers[at + i] as number
      block[i] = Object.is(x, -0) ? '-0' : Number.isFinite(x) ? x : String(x)
    }
    text += `${at === 0 ? '' : ','}${JSON.stringify(block).slice(1, -1)}`
  }
  return `[${text}]`
}

/** What a value's own JSON has for a scalar; undefined for what takes more than that. */
function simpleText(x: unknown): string | undefined {
  switch (typeof x) {
    case 'string':
      return textOf(x)
    case 'boolean':
      return String(x)
    case 'bigint':
      return `"${x}"`
    case 'number':
      return Number.isFinite(x) && !Object.is(x, -0) ? String(x) : undefined
    default:
      return undefined
  }
}

/** Any object as a line. */
export function jsonText(object: unknown): string {
  return `${harmless(JSON.stringify(object))}\n`
}

const ASCII = /^[ -~]*$/

// JSON leaves DEL, C1 controls, separators of lines and controls of the writing direction as they are.
function harmless(json: string): string {
  return ASCII.test(json)
    ? json
    : json.replace(
        /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
}

/** A value's JSON, of the whole or of the leaves that were sent. */
export function dataText(
  type: TypeDef,
  data: Json,
  sent: ReadonlySet<string> | undefined,
  int64: Int64Style,
): string {
  const kept = sent === undefined ? data : (only(type, data, sent, '') ?? {})
  return int64 === 'number' ? bare(type, kept) : JSON.stringify(kept)
}

function only(type: TypeDef, data: Json, sent: ReadonlySet<string>, path: string): Json | undefined {
  const kept = type.members.flatMap((member): [string, unknown][] => {
    const at = path === '' ? member.name : `${path}.${member.name}`
    if (member.type.code !== 'struct') return sent.has(at) ? [[member.name, data[member.name]]] : []
    const below = only(member.type, data[member.name] as Json, sent, at)
    return below === undefined ? [] : [[member.name, below]]
  })
  // fromEntries defines, so that a field named __proto__ is a field.
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

// JSON.stringify cannot write an integer beyond 2^53 as a number.
function bare(type: TypeDef, data: unknown): string {
  if (data === null) return 'null'
  switch (type.code) {
    case 'int64':
    case 'uint64':
      return data as string
    case 'int64[]':
    case 'uint64[]':
      return `[${(data as readonly string[]).join(',')}]`
    case 'struct':
      return `{${type.members
        .filter(({ name }) => Object.hasOwn(data as Json, name))
        .map((member) => `${JSON.stringify(member.name)}:${bare(member.type, (data as Json)[member.name])}`)
        .join(',')}}`
    case 'union': {
      const { select, value } = data as { select: string; value: unknown }
      const member = type.members.find(({ name }) => name === select)
      return `{"select":${JSON.stringify(select)},"value":${member ? bare(member.type, value) : JSON.stringify(value)}}`
    }
    case 'any': {
      const held = data as { type: unknown; value: unknown }
      return `{"type":${JSON.stringify(held.type)},"value":${bare(TypeDef.fromJSON(held.type), held.value)}}`
    }
    case 'struct[]':
    case 'union[]':
    case 'any[]':
      return `[${(data as readonly unknown[]).map((item) => bare(type.element, item)).join(',')}]`
    default:
      return JSON.stringify(data)
  }
}

/** A failure as a line. */
export function jsonFailure(name: string, error: unknown): string {
  const { code, phase, hint } =
    error instanceof PvaError ? error : { code: 'ERR_CLI', phase: undefined, hint: undefined }
  const message = error instanceof Error ? error.message : String(error)
  return jsonText({
    name,
    error: { code, ...(phase && { phase }), message, ...(hint !== undefined && { hint }) },
  })
}

/** A value's own JSON, for a cell or a line of another format. */
export function jsonOf(data: unknown): string {
  return JSON.stringify(data, (_, x: unknown) => (typeof x === 'bigint' ? String(x) : x))
}
