// The format `line`, and values in one line for every other place that shows one.
import type { AnyValue, TypeDef, UnionValue, Value } from '../../data/index.js'
import { escapeLine } from '../../input/index.js'
import type { NumberText } from './numbers.js'
import {
  alarmOf,
  choiceOf,
  heldBy,
  imageText,
  timeOf,
  main,
  tableOf,
  unitsOf,
  type Reading,
} from './reading.js'
import { timeText, type TimeStyle } from './times.js'
import { aligned, padEnd } from './width.js'

/** How values are written in one line. */
export interface Short {
  readonly number: NumberText
  /** Elements shown of an array. */
  readonly items: number
}

/** Text in quotes, on one line, harmless to a terminal. */
export function quoted(text: string): string {
  return `"${escapeLine(text.replace(/["\\]/g, '\\$&'))}"`
}

/** Any value in one line. */
export function shortText(type: TypeDef, x: unknown, how: Short): string {
  switch (typeof x) {
    case 'string':
      return quoted(x)
    case 'number':
    case 'bigint':
      return how.number(x, type.code)
    case 'object':
      return x === null ? 'null' : objectText(type, x, how)
    default:
      return String(x)
  }
}

function objectText(type: TypeDef, x: object, how: Short): string {
  if (type.code.endsWith('[]')) return listText(type.element, x as ArrayLike<unknown>, how)
  if (type.code === 'struct') return structText(type, x as Value, how)
  const held = heldBy(type, x as UnionValue | AnyValue)
  return held === null ? 'null' : `${escapeLine(held.name)}: ${shortText(held.type, held.content, how)}`
}

function structText(type: TypeDef, value: Value, how: Short): string {
  const choice = choiceOf(type, value)
  if (choice !== undefined) return `(${choice.index}) ${escapeLine(choice.label ?? '?')}`
  return `{${type.members
    .map(({ name, type }) => `${escapeLine(name)}: ${shortText(type, value.$get(name), how)}`)
    .join(', ')}}`
}

function listText(element: TypeDef, list: ArrayLike<unknown>, how: Short): string {
  const shown = Math.min(list.length, how.items)
  const parts: string[] = []
  for (let i = 0; i < shown; i++) parts.push(shortText(element, list[i], how))
  if (shown < list.length) parts.push('…')
  return `[${list.length}]${parts.length === 0 ? '' : ` ${parts.join(', ')}`}`
}

/** The value of a reading in one line; a table's rows follow on lines of their own. */
export function valueText(value: Value, how: Short): string {
  const image = imageText(value)
  if (image !== undefined) return escapeLine(image)
  const table = tableOf(value)
  if (table !== undefined) {
    const shown = Math.min(table.rows, how.items)
    const rows = [table.names.map(escapeLine)]
    for (let row = 0; row < shown; row++) {
      rows.push(table.columns.map((column, k) => cellText(table.types[k], column[row], how)))
    }
    const numbers = table.types.flatMap((type, k) => (/^(u?int|float)/.test(type.code) ? [k] : []))
    const cut = shown < table.rows ? ['…'] : []
    const lines = [...aligned(rows, new Set(numbers)), ...cut].map((line) => `\n    ${line}`)
    return `${table.names.length} columns, ${table.rows} rows${lines.join('')}`
  }
  const field = main(value)
  return field === undefined ? structText(value.$type, value, how) : shortText(field.type, field.content, how)
}

function cellText(type: TypeDef | undefined, x: unknown, how: Short): string {
  return x === undefined || type === undefined ? '' : shortText(type.element, x, how)
}

export interface LineStyle extends Short {
  readonly time: TimeStyle
  /** Colours a severity; leaves it as it is where there are no colours. */
  readonly paint: (severity: string, level: number) => string
}

/** NAME  TIME  VALUE UNITS  SEVERITY MESSAGE, and a line break. */
export function line(reading: Reading, width: number, style: LineStyle): string {
  const { name, value } = reading
  const parts = name === '' ? [] : [padEnd(escapeLine(name), width)]
  if (style.time !== 'none') parts.push(timeText(timeOf(reading), style.time))
  const [first = '', ...block] = valueText(value, style).split('\n')
  const units = unitsOf(reading)
  parts.push(units === '' ? first : `${first} ${escapeLine(units)}`)
  const alarm = alarmOf(reading)
  if (alarm !== undefined && alarm.level !== 0) {
    const message = alarm.message === '' ? '' : ` ${escapeLine(alarm.message)}`
    parts.push(`${style.paint(alarm.severity, alarm.level)}${message}`)
  }
  return `${[parts.join('  '), ...block].join('\n')}\n`
}
