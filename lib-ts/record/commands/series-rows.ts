// What `history find` lists, as a table, CSV or JSON.
import { escapeLine } from '../../input/index.js'
import type { Series } from '../../telemetry/index.js'
import { cell, type Form } from './rows.js'

/** Text of series. */
export interface SeriesRows {
  begin(): string
  series(one: Series): string
  end(): string
}

export function seriesFormatter(form: Form): SeriesRows {
  switch (form) {
    case 'table':
      return { begin: nothing, series: line, end: nothing }
    case 'csv':
      return { begin: () => 'pv,type,units,description\n', series: csvLine, end: nothing }
    case 'json':
      return new JsonArray()
    case 'jsonl':
      return { begin: nothing, series: (one) => `${jsonOf(one)}\n`, end: nothing }
  }
}

const nothing = (): string => ''

function line({ id, type, units }: Series): string {
  return `${escapeLine(id)}  ${type}${units === undefined ? '' : `  ${escapeLine(units)}`}\n`
}

function csvLine({ id, type, units = '', description = '' }: Series): string {
  return `${[id, type, units, description].map(cell).join(',')}\n`
}

function jsonOf({ id, type, units, description, choices }: Series): string {
  return JSON.stringify({ pv: id, type, units, description, choices })
}

class JsonArray implements SeriesRows {
  #some = false

  begin(): string {
    return '['
  }

  series(one: Series): string {
    const text = `${this.#some ? ',' : ''}\n${jsonOf(one)}`
    this.#some = true
    return text
  }

  end(): string {
    return `${this.#some ? '\n' : ''}]\n`
  }
}
