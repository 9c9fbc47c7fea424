// The formats `raw` and `csv`: values for other programs.
import type { AnyValue, TypeDef, UnionValue, Value } from '../../data/index.js'
import type { NumberText } from './numbers.js'
import { alarmOf, choiceOf, heldBy, main, timeOf, tableOf, type Columns, type Reading } from './reading.js'
import { timeText, type TimeStyle } from './times.js'

export interface PlainStyle {
  readonly number: NumberText
  readonly enums: 'label' | 'index'
  readonly time: TimeStyle
}

const END = '\r\n'

/** Fields of a row as RFC 4180 has it. */
export function csvRow(fields: readonly string[]): string {
  return `${fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')}${END}`
}

export const CSV_HEADER = ['name', 'time', 'severity', 'message', 'value']

/** A value as a row of csv. */
export function csvReading(reading: Reading, style: PlainStyle): string {
  const alarm = alarmOf(reading)
  const time = timeText(timeOf(reading), style.time)
  return csvRow([
    reading.name,
    style.time === 'none' || time === '-' ? '' : time,
    alarm?.severity ?? '',
    alarm?.message ?? '',
    cellOf(reading.value, style),
  ])
}

/** A value as the text of one cell: a scalar as it is, an enum's label, anything else its JSON. */
export function cellOf(value: Value, style: PlainStyle): string {
  const field = main(value)
  if (field === undefined) return JSON.stringify(value)
  const { type, content } = held(field)
  return scalarText(type, content, style) ?? JSON.stringify(value.toJSON()['value'])
}

/** What a union or an any holds instead of it; anything else as it is. */
function held(field: { readonly type: TypeDef; readonly content: unknown }): {
  type: TypeDef
  content: unknown
} {
  const inner =
    field.type.code === 'union' || field.type.code === 'any'
      ? heldBy(field.type, field.content as UnionValue | AnyValue | null)
      : null
  return inner ?? field
}

function scalarText(type: TypeDef, content: unknown, style: PlainStyle): string | undefined {
  switch (typeof content) {
    case 'string':
      return content
    case 'number':
    case 'bigint':
      return style.number(content, type.code)
    case 'boolean':
      return String(content)
    default: {
      const choice = choiceOf(type, content)
      if (choice === undefined) return undefined
      return style.enums === 'index' ? String(choice.index) : (choice.label ?? String(choice.index))
    }
  }
}

/** The rows of a table as csv, without a header. */
export function tableRows({ columns, types, rows }: Columns, style: PlainStyle): string {
  const lines: string[] = []
  for (let row = 0; row < rows; row++) {
    lines.push(
      csvRow(
        columns.map((column, k) => {
          const type = types[k]?.element
          return row < column.length && type !== undefined ? (scalarText(type, column[row], style) ?? '') : ''
        }),
      ),
    )
  }
  return lines.join('')
}

/** The value alone: a scalar, an array's elements, a table's rows, or its JSON. */
export function rawText(value: Value, style: PlainStyle): string {
  const table = tableOf(value)
  if (table !== undefined) return tableRows(table, style)
  const field = main(value)
  if (field === undefined) return `${JSON.stringify(value)}\n`
  const { type, content } = held(field)
  if (type.code === 'string' || choiceOf(type, content) !== undefined)
    return `${plainText(cellOf(value, style))}\n`
  if (!/^(bool|u?int|float|string).*\[\]$/.test(type.code)) return `${cellOf(value, style)}\n`
  const list = content as ArrayLike<unknown>
  const lines: string[] = []
  for (let i = 0; i < list.length; i++) lines.push(elementText(type.element, list[i], style))
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

// `put` reads a whole JSON string as what it stands for, and takes a line break from the end.
function plainText(text: string): string {
  return /^\s*"[^]*"\s*$|\r$/.test(text) ? JSON.stringify(text) : text
}

// One line each, and none that would be read as JSON: such text is written as JSON itself.
function elementText(type: TypeDef, x: unknown, style: PlainStyle): string {
  if (typeof x === 'string') return /[\r\n]|^\s*["[]/.test(x) ? JSON.stringify(x) : x
  return scalarText(type, x, style) ?? 'null'
}
