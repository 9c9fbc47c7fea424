// From the options to a function that turns values into text.
import { escapeControls, escapeLine } from '../../input/index.js'
import type { Format } from './format.js'
import { jsonFailure, jsonLine, Written, type Int64Style } from './json.js'
import { line } from './line.js'
import { rounded, shortest } from './numbers.js'
import { csvReading, csvRow, CSV_HEADER, rawText, tableRows, type PlainStyle } from './plain.js'
import { delta, tree } from './pvxs.js'
import { tableOf, type Reading } from './reading.js'
import { filled } from './template.js'
import type { TimeStyle } from './times.js'
import { cellsOf } from './width.js'

export interface FormatOptions {
  readonly format: Format
  /** undefined: the format's own default; 0: all. */
  readonly maxItems: number | undefined
  readonly precision: number | undefined
  readonly time: TimeStyle
  readonly enums: 'label' | 'index'
  readonly int64: Int64Style
  readonly color: boolean
  /** Whether the text goes to a terminal, where no format may act on it. */
  readonly terminal: boolean
}

const YELLOW = 33
const RED = 31
const MAGENTA = 35

/** Turns readings into text, for one run of a command. */
export class Formatter {
  readonly #options: FormatOptions
  readonly #names: readonly string[]
  readonly #width: number
  readonly #style: PlainStyle
  #begun = false
  /** Of PVs that are watched. */
  readonly #written = new Map<string, Written>()

  constructor(options: FormatOptions, names: readonly string[]) {
    this.#options = options
    this.#names = names
    this.#width =
      options.format === 'line' ? Math.max(0, ...names.map((name) => cellsOf(escapeLine(name)))) : 0
    const number = options.precision === undefined ? shortest : rounded(options.precision)
    this.#style = { number, enums: options.enums, time: options.time }
  }

  get isJson(): boolean {
    return this.#options.format === 'json'
  }

  /** Whether a reading has its name as a part of the data, and not only in front of it. */
  get showsNames(): boolean {
    const { format } = this.#options
    return format !== 'line' && format !== 'delta' && format !== 'tree'
  }

  /** The text of a value, the header of csv before the first. */
  reading(reading: Reading): string {
    const { format, maxItems, int64, color, terminal } = this.#options
    const { number } = this.#style
    switch (format) {
      case 'line': {
        const items = maxItems === 0 ? Infinity : (maxItems ?? 20)
        const paint = color ? painted : plain
        return line(reading, this.#width, { number, items, paint, time: this.#options.time })
      }
      case 'delta':
      case 'tree': {
        const style = { number, limit: maxItems ?? 0 }
        const text = (format === 'delta' ? delta : tree)(
          reading.value,
          style,
          reading.name === '' ? '' : '    ',
        )
        return reading.name === '' ? text : `${escapeLine(reading.name)}\n${text}`
      }
      case 'json':
        return jsonLine(reading, int64, reading.update ? this.#writtenOf(reading.name) : undefined)
      case 'csv':
        return harmless(this.#csv(reading), terminal)
      case 'raw':
        return harmless(rawText(reading.value, this.#style), terminal)
      default:
        return harmless(filled(format, reading, this.#style), terminal)
    }
  }

  /** What a failure adds to the output. */
  failure(name: string, error: unknown): string {
    return this.isJson ? jsonFailure(name, error) : ''
  }

  #writtenOf(name: string): Written {
    const known = this.#written.get(name) ?? new Written()
    this.#written.set(name, known)
    return known
  }

  #csv(reading: Reading): string {
    const table = this.#names.length === 1 ? tableOf(reading.value) : undefined
    const header = this.#begun ? '' : csvRow(table?.names ?? CSV_HEADER)
    this.#begun = true
    return header + (table === undefined ? csvReading(reading, this.#style) : tableRows(table, this.#style))
  }
}

function harmless(text: string, terminal: boolean): string {
  return terminal ? escapeControls(text.replaceAll('\r\n', '\n')) : text
}

function painted(severity: string, level: number): string {
  return `\u001b[${level === 1 ? YELLOW : level === 2 ? RED : MAGENTA}m${severity}\u001b[0m`
}

const plain = (severity: string): string => severity
