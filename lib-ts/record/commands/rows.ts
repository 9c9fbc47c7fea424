// Samples and windows as a table, CSV or JSON.
import { escapeLine, isoText } from '../../input/index.js'
import { JsonLines, type Sample, type SampleValue, type Window } from '../../telemetry/index.js'

export type Form = 'table' | 'csv' | 'json' | 'jsonl'

/** Text of what a store gives. */
export interface Rows {
  begin(): string
  samples(batch: readonly Sample[]): string
  windows(name: string, batch: readonly Window[]): string
  end(): string
}

/** @param names whose samples they are: a table of one PV does not repeat its name */
export function formatterOf(form: Form, names: readonly string[], windows: boolean): Rows {
  switch (form) {
    case 'table':
      return new Table(names, windows)
    case 'csv':
      return new Csv(windows)
    case 'json':
      return new JsonArray()
    case 'jsonl':
      return new Lines()
  }
}

const SEVERITIES = ['', 'MINOR', 'MAJOR', 'INVALID', 'UNDEFINED'] as const
const SECOND = 1_000_000_000n

/** UTC with nine digits. */
function timeText(time: bigint): string {
  const rest = ((time % SECOND) + SECOND) % SECOND
  const seconds = (time - rest) / SECOND
  if (Number.isNaN(new Date(Number(seconds) * 1_000).getTime()))
    return `${seconds}.${String(rest).padStart(9, '0')}`
  return isoText(time)
}

function valueText({ series, value }: Sample): string {
  if (value === null) return ''
  if (series.type === 'enum') return series.choices?.[value as number] ?? String(value)
  return plain(value)
}

function plain(value: Exclude<SampleValue, null>): string {
  if (Object.is(value, -0)) return '-0'
  return typeof value === 'object'
    ? `[${Array.from(value as ArrayLike<unknown>, String).join(', ')}]`
    : String(value)
}

class Table implements Rows {
  readonly #named: number
  readonly #windows: boolean

  constructor(names: readonly string[], windows: boolean) {
    this.#named = names.length > 1 ? Math.max(...names.map((name) => escapeLine(name).length)) + 2 : 0
    this.#windows = windows
  }

  begin(): string {
    return this.#windows ? `${this.#name('')}${'TIME'.padEnd(32)}COUNT  MEAN  MIN  MAX  STDDEV\n` : ''
  }

  #name(name: string): string {
    return this.#named === 0 ? '' : escapeLine(name).padEnd(this.#named)
  }

  samples(batch: readonly Sample[]): string {
    return batch
      .map((sample) => {
        const { series, time, value, severity, message = '' } = sample
        const shown = value === null ? '-' : escapeLine(valueText(sample))
        const units = series.units === undefined || value === null ? '' : ` ${escapeLine(series.units)}`
        const alarm = severity === 0 ? '' : `  ${SEVERITIES[severity]} ${escapeLine(message)}`
        return `${`${this.#name(series.id)}${timeText(time)}  ${shown}${units}${alarm}`.trimEnd()}\n`
      })
      .join('')
  }

  windows(name: string, batch: readonly Window[]): string {
    return batch
      .map(
        ({ time, count, mean, min, max, stddev }) =>
          `${this.#name(name)}${timeText(time)}  ${[count, mean, min, max, stddev ?? '-'].join('  ')}\n`,
      )
      .join('')
  }

  end(): string {
    return ''
  }
}

class Csv implements Rows {
  readonly #windows: boolean

  constructor(windows: boolean) {
    this.#windows = windows
  }

  begin(): string {
    return this.#windows
      ? 'pv,time,width,min,mean,max,count,stddev\n'
      : 'pv,time,value,severity,status,message\n'
  }

  samples(batch: readonly Sample[]): string {
    return batch
      .map((sample) => {
        const { series, time, severity, status = '', message = '' } = sample
        const cells = [series.id, timeText(time), valueText(sample), severity, status, message]
        return `${cells.map(cell).join(',')}\n`
      })
      .join('')
  }

  windows(name: string, batch: readonly Window[]): string {
    return batch
      .map(({ time, width, min, mean, max, count, stddev = '' }) => {
        const cells = [name, timeText(time), `${width}`, min, mean, max, count, stddev]
        return `${cells.map(cell).join(',')}\n`
      })
      .join('')
  }

  end(): string {
    return ''
  }
}

/** A cell of CSV. */
export function cell(x: string | number): string {
  const text = String(x)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

class Lines implements Rows {
  readonly #lines = new JsonLines()

  begin(): string {
    return ''
  }

  samples(batch: readonly Sample[]): string {
    return batch.map((sample) => `${this.#lines.line(sample)}\n`).join('')
  }

  windows(name: string, batch: readonly Window[]): string {
    return batch.map((window) => `${windowJson(name, window)}\n`).join('')
  }

  end(): string {
    return ''
  }
}

function windowJson(pv: string, { time, width, min, mean, max, count, stddev }: Window): string {
  const finite = (x: number | undefined): unknown => (x === undefined || Number.isFinite(x) ? x : String(x))
  const figures = { min: finite(min), mean: finite(mean), max: finite(max), count, stddev: finite(stddev) }
  return JSON.stringify({ pv, time: String(time), width: String(width), ...figures })
}

class JsonArray implements Rows {
  readonly #lines = new Lines()
  #some = false

  begin(): string {
    return '['
  }

  samples(batch: readonly Sample[]): string {
    return this.#items(this.#lines.samples(batch))
  }

  windows(name: string, batch: readonly Window[]): string {
    return this.#items(this.#lines.windows(name, batch))
  }

  #items(lines: string): string {
    const items = lines.trimEnd().replaceAll('\n', ',\n')
    const text = items === '' ? '' : `${this.#some ? ',' : ''}\n${items}`
    this.#some ||= items !== ''
    return text
  }

  end(): string {
    return `${this.#some ? '\n' : ''}]\n`
  }
}
