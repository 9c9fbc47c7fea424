// A format of the user's own: text with {paths} in it.
import { NoFieldError } from '../../errors.js'
import { quote } from '../../input/index.js'
import type { Template } from './format.js'
import { jsonOf } from './json.js'
import type { NumberText } from './numbers.js'
import { cellOf, type PlainStyle } from './plain.js'
import { alarmOf, choiceOf, main, timeOf, unitsOf, type Reading } from './reading.js'
import { timeText } from './times.js'

/** @throws NoFieldError for a path that the value does not have */
export function filled(parts: Template, reading: Reading, style: PlainStyle): string {
  const text = parts
    .map((part) => ('text' in part ? part.text : lookedUp(part.path, reading, style)))
    .join('')
  return text.endsWith('\n') ? text : `${text}\n`
}

function lookedUp(path: string, reading: Reading, style: PlainStyle): string {
  const { value } = reading
  switch (path) {
    case 'name':
      return reading.name
    case 'time': {
      return style.time === 'none' ? '' : timeText(timeOf(reading), style.time)
    }
    case 'severity':
      return alarmOf(reading)?.severity ?? ''
    case 'label': {
      const field = main(value)
      return (field && choiceOf(field.type, field.content)?.label) ?? ''
    }
    case 'units':
      return unitsOf(reading)
    case 'value':
      if (main(value) === undefined)
        throw noField(
          path,
          value.$type.members.map(({ name }) => name),
        )
      return cellOf(value, style)
    default:
      return pathText(value.$get(path), style.number, codeAt(reading, path))
  }
}

function noField(path: string, fields: readonly string[]): NoFieldError {
  return new NoFieldError(`there is no ${quote(path)}: the fields are ${fields.join(', ')}`, { path, fields })
}

/** The type code of the field a path leads to, as far as the type alone tells; '' where it does not. */
function codeAt({ value }: Reading, path: string): Parameters<NumberText>[1] {
  let type = value.$type
  for (const name of path.replace(/\[\d+\]/g, '').split('.')) {
    const member = type.members.find((candidate) => candidate.name === name)
    if (member === undefined) return ''
    type = member.type
  }
  return type.code
}

function pathText(x: unknown, number: NumberText, code: Parameters<NumberText>[1]): string {
  switch (typeof x) {
    case 'string':
      return x
    case 'number':
    case 'bigint':
      return number(x, code)
    case 'boolean':
      return String(x)
    default:
      return ArrayBuffer.isView(x) ? jsonOf(Array.from(x as Float64Array)) : jsonOf(x)
  }
}
