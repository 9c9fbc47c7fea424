// What console.log and util.inspect show of a value: its id, then the fields, the known structures in short.
import { isFieldName, isWellFormed } from '../../input/index.js'
import { memberNamed, type TypeDef } from '../types/typedef.js'
import { AlarmSeverity } from './alarm-names.js'
import { FIELD, LAYOUT, MARKS, type ValueCore } from './core.js'
import { isMarked } from './marks.js'

/** The options of util.inspect that matter here, and one of our own. */
export interface InspectOptions {
  /** Levels of structures to show; null or Infinity for all, 2 by default. */
  readonly depth?: number | null | undefined
  /** Only what the update changed. */
  readonly changed?: boolean | undefined
  readonly stylize?: ((text: string, style: string) => string) | undefined
}

interface Printing {
  readonly changed: boolean
  readonly stylize: (text: string, style: string) => string
}

const SEVERITIES = Object.keys(AlarmSeverity)
const STATUSES = ['NONE', 'DEVICE', 'DRIVER', 'RECORD', 'DB', 'CONF', 'UNDEFINED', 'CLIENT']
const EPICS_EPOCH = 631_152_000n // 1990: what a record says that was never processed
const LAST_DATE = 8_640_000_000_000n // seconds; Date ends here

const MOST_ELEMENTS = 20
const MOST_CHARACTERS = 200
const LINE = 100

/** The form that `util.inspect` asks for; `depth` is the number of levels still to be shown. */
export function inspectValue(value: ValueCore, depth: number | null, options: InspectOptions = {}): string {
  // A prototype is inspected too, and has no layout.
  if ((value[LAYOUT] as unknown) === undefined) return '[Value]'
  const printing: Printing = {
    changed: options.changed === true,
    stylize: options.stylize ?? ((text) => text),
  }
  const { id } = value[LAYOUT].type
  const words = [Object.isFrozen(value) ? '' : 'MutableValue', escaped(id)].filter((word) => word !== '')
  return structText(value, depth ?? Infinity, printing, `${words.length === 0 ? 'Value' : words.join(' ')} {`)
}

/** `opening` is what stands before the fields of the outermost value. */
function structText(value: ValueCore, depth: number, printing: Printing, opening?: string): string {
  const layout = value[LAYOUT]
  const terse = opening !== undefined && !printing.changed && layout.type.id.startsWith('epics:nt/NT')
  const parts: string[] = []
  const left: string[] = []
  for (const child of layout.field(0).children) {
    const { name, type } = layout.field(child)
    if (printing.changed && !isMarked(layout, value[MARKS], child)) continue
    if (terse && SIDE_ISSUES.has(name)) left.push(name)
    else parts.push(`${keyText(name)}: ${memberText(value, child, type, depth, printing)}`)
  }
  if (left.length > 0) parts.push(`… ${left.join(', ')}`)
  const print = terse && !parts.some((part) => part.includes('\n')) ? twoLines : block
  return print(opening ?? '{', parts, '}')
}

/** What normative types carry besides the measurement: named, not shown, so that the value stands out. */
const SIDE_ISSUES: ReadonlySet<string> = new Set([
  'display',
  'control',
  'valueAlarm',
  'codec',
  'dataTimeStamp',
  'dimension',
  'attribute',
])

function memberText(
  value: ValueCore,
  child: number,
  type: TypeDef,
  depth: number,
  printing: Printing,
): string {
  const x = value[FIELD](child)
  if (type.code !== 'struct') return textOf(type, x, depth, printing)
  const nested = x as ValueCore
  const short = knownText(nested, printing)
  if (short !== undefined) return short
  if (depth <= 0) return printing.stylize(`[${type.id === '' ? 'struct' : escaped(type.id)}]`, 'special')
  return structText(nested, depth - 1, printing)
}

/** An alarm, a time stamp and an enum's choice in a few words each. */
function knownText(value: ValueCore, printing: Printing): string | undefined {
  const layout = value[LAYOUT]
  const { id } = layout.type
  const read = (name: string): unknown => {
    const child = layout.child(0, name)
    return child < 0 ? undefined : value[FIELD](child)
  }
  if (id === 'alarm_t') return alarmText(read('severity'), read('status'), read('message'), stringText)
  if (id === 'time_t') {
    const text = timeText(read('secondsPastEpoch'), read('nanoseconds'), read('userTag'))
    return text === undefined ? undefined : printing.stylize(text, 'date')
  }
  if (id !== 'enum_t') return undefined
  const index = read('index')
  const choices = read('choices')
  if (typeof index !== 'number' || !Array.isArray(choices)) return undefined
  const label: unknown = choices[index]
  const shown = typeof label === 'string' ? stringText(label) : '(no such choice)'
  return `${printing.stylize(String(index), 'number')} ${shown} of ${listText(choices.slice(0, MOST_ELEMENTS).map(String).map(stringText), choices.length)}`
}

function textOf(type: TypeDef, x: unknown, depth: number, printing: Printing): string {
  switch (typeof x) {
    case 'string':
      return printing.stylize(stringText(x), 'string')
    case 'number':
      return printing.stylize(Object.is(x, -0) ? '-0' : String(x), 'number')
    case 'bigint':
      return printing.stylize(`${x}n`, 'bigint')
    case 'boolean':
      return printing.stylize(String(x), 'boolean')
    case 'object':
      return x === null ? printing.stylize('null', 'null') : objectText(type, x, depth, printing)
    default:
      return String(x)
  }
}

function objectText(type: TypeDef, x: object, depth: number, printing: Printing): string {
  if (ArrayBuffer.isView(x)) return numbersText(x as Float64Array, type, printing)
  if (Array.isArray(x)) {
    const shown = x
      .slice(0, MOST_ELEMENTS)
      .map((element) => textOf(type.element, element, depth - 1, printing))
    return listText(shown, x.length)
  }
  if (type.code === 'struct') {
    if (depth < 0) return printing.stylize('[struct]', 'special')
    const id = type.id === '' ? '' : `${escaped(type.id)} `
    return id + structText(x as ValueCore, depth - 1, { ...printing, changed: false })
  }
  const { select, type: anyType, value } = x as { select?: string; type?: TypeDef; value: unknown }
  if (anyType !== undefined) return `any ${anyType.code} ${textOf(anyType, value, depth, printing)}`
  const member = memberNamed(type, String(select))
  return `${escaped(String(select))} → ${textOf(member?.type ?? type, value, depth, printing)}`
}

function numbersText(array: Float64Array, type: TypeDef, printing: Printing): string {
  const shown = Array.from(array.subarray(0, MOST_ELEMENTS), (x) => textOf(type.element, x, 0, printing))
  return `${type.code.slice(0, -2)}[${array.length}] ${listText(shown, array.length)}`
}

function listText(shown: readonly string[], length: number): string {
  if (length === 0) return '[]'
  const parts =
    length > shown.length ? [...shown, `… ${length - shown.length} more of ${length}`] : [...shown]
  return parts.some((part) => part.includes('\n')) ? block('[', parts, ']') : `[ ${parts.join(', ')} ]`
}

/** On one line if it fits, else one part per line. */
function block(open: string, parts: readonly string[], close: string): string {
  if (parts.length === 0) return open + close
  const line = `${open} ${parts.join(', ')} ${close}`
  if (visibleLength(line) <= LINE && !line.includes('\n')) return line
  const lines = parts.map((part) => `  ${part.replaceAll('\n', '\n  ')}`)
  return `${open}\n${lines.join(',\n')}\n${close}`
}

/** On two lines at most: the first has as many as fit, and always one. */
function twoLines(open: string, parts: readonly string[], close: string): string {
  const [first = '', ...others] = parts
  let line = `${open} ${first}`
  let taken = 0
  for (const part of others) {
    const longer = `${line}, ${part}`
    if (visibleLength(longer) >= LINE) break
    line = longer
    taken++
  }
  const rest = others.slice(taken)
  return rest.length === 0 ? `${line} ${close}` : `${line},\n  ${rest.join(', ')} ${close}`
}

function visibleLength(text: string): number {
  return text.replace(/\u001b\[\d+m/g, '').length
}

function keyText(name: string): string {
  return isFieldName(name) ? name : stringText(name)
}

/** In quotes, on one line, without control characters that a terminal would act on. */
function stringText(text: string): string {
  const cut = text.length > MOST_CHARACTERS
  return (
    `'${escaped(cut ? text.slice(0, MOST_CHARACTERS) : text)}'` +
    (cut ? `… of ${text.length} characters` : '')
  )
}

function escaped(text: string): string {
  const plain = text.replace(/[\u0000-\u001f'\\\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escape)
  return isWellFormed(plain) ? plain : plain.replace(/\p{Surrogate}/gu, escape)
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  "'": "\\'",
  '\\': '\\\\',
}

function escape(character: string): string {
  return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** `MINOR DEVICE 'too hot'`; undefined when the severity is not a number. */
export function alarmText(
  severity: unknown,
  status: unknown,
  message: unknown,
  quoted: (text: string) => string,
): string | undefined {
  if (typeof severity !== 'number') return undefined
  const words = [SEVERITIES[severity] ?? `severity ${severity}`]
  if (typeof status === 'number' && status !== 0) words.push(STATUSES[status] ?? `status ${status}`)
  if (typeof message === 'string' && message !== '' && message !== SEVERITIES[severity])
    words.push(quoted(message))
  return words.join(' ')
}

/** `2026-03-01T12:00:00.123456789Z`; `not set` for a stamp of zero. */
export function timeText(seconds: unknown, nanoseconds: unknown, userTag: unknown): string | undefined {
  if (typeof seconds !== 'bigint' && typeof seconds !== 'number') return undefined
  const whole = typeof seconds === 'bigint' ? seconds : BigInt(Math.trunc(seconds))
  const part = typeof nanoseconds === 'number' ? nanoseconds : 0
  const tag = typeof userTag === 'number' && userTag !== 0 ? ` tag ${userTag}` : ''
  if ((whole === 0n || whole === EPICS_EPOCH) && part === 0) return `not set${tag}`
  if (whole < -LAST_DATE || whole > LAST_DATE || part < 0 || part > 999_999_999)
    return `${whole} s ${part} ns${tag}`
  const date = new Date(Number(whole) * 1000).toISOString().slice(0, -5)
  return `${date}.${String(part).padStart(9, '0')}Z${tag}`
}
