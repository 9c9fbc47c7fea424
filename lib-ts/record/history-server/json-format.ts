// getData.json of the Archiver Appliance.
import { valueJson, type Sample, type Series } from '../../telemetry/index.js'
import { secondsOf } from './columns.js'
import type { Format } from './format.js'

/**
 * An array with an object for each PV: `meta`, and `data` with `secs`, `nanos`, `val`, `severity`, `status`.
 *
 * 64-bit integers are digits, exact for a reader that takes them so; what is not finite is text, as JSON has no word for it.
 */
export class JsonFormat implements Format {
  readonly contentType = 'application/json'
  readonly unknown = 'nothing'
  #open = false
  #some = false
  #samples = false

  begin(): string {
    return '['
  }

  series({ id, units }: Series): string {
    const meta = JSON.stringify({ name: id, ...(units === undefined ? {} : { EGU: units }) })
    const text = `${this.#close()}${this.#some ? ',' : ''}\n{"meta":${meta},\n"data":[`
    this.#some = true
    this.#open = true
    this.#samples = false
    return text
  }

  samples(batch: readonly Sample[]): string {
    let text = ''
    for (const sample of batch) {
      text += `${this.#samples ? ',' : ''}\n${sampleJson(sample)}`
      this.#samples = true
    }
    return text
  }

  end(): string {
    return `${this.#close()}\n]\n`
  }

  #close(): string {
    if (!this.#open) return ''
    this.#open = false
    return '\n]}'
  }
}

/** One sample, as it stands in `data`. */
export function sampleJson({ series, time, value, severity, status = 0 }: Sample): string {
  const { seconds, nanos } = secondsOf(time)
  return `{"secs":${seconds},"val":${textOf(series, value)},"nanos":${nanos},"severity":${severity},"status":${status}}`
}

function textOf({ type }: Series, value: Sample['value']): string {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return `[${value.join(',')}]`
  return valueJson(type, value)
}
