import { isNumberCode, NUMBER_ARRAYS, type ScalarCode } from '../data/index.js'
import { isWellFormed, quote } from '../input/index.js'
import { seriesFault, valueFault, type Sample, type SeriesType } from './sample.js'

const LEAST_TIME = -(2n ** 63n)
const MOST_TIME = 2n ** 63n - 1n

/**
 * What is wrong with a sample, for a sink that was handed one and that takes every type; undefined when nothing is.
 *
 * @hidden
 */
export function sampleFault(x: unknown): string | undefined {
  if (typeof x !== 'object' || x === null) return `a sample is an object, not ${quote(x)}`
  const { series, time, value, severity, status, message } = x as Partial<Record<keyof Sample, unknown>>
  const fault = seriesFault(series)
  if (fault !== undefined) return fault
  if (typeof time !== 'bigint') return `the time of a sample is a bigint, not ${quote(time)}`
  if (time < LEAST_TIME || time > MOST_TIME) return `the time ${quote(time)} does not fit 64 bits`
  if (!Number.isInteger(severity) || (severity as number) < 0 || (severity as number) > 4)
    return `the severity of a sample is an integer from 0 to 4, not ${quote(severity)}`
  if (status !== undefined && !Number.isInteger(status))
    return `the status of a sample is an integer, not ${quote(status)}`
  if (message !== undefined && (typeof message !== 'string' || !isWellFormed(message)))
    return `the message of a sample is text, not ${quote(message)}`
  return contentFault((series as Sample['series']).type, value)
}

function contentFault(type: SeriesType, value: unknown): string | undefined {
  if (!type.endsWith('[]')) return valueFault(type, value)
  if (value === null) return undefined
  const element = type.slice(0, -2) as ScalarCode
  if (isNumberCode(element)) {
    const view = NUMBER_ARRAYS[element].name
    const given = ArrayBuffer.isView(value) ? Object.prototype.toString.call(value).slice(8, -1) : ''
    return given === view
      ? undefined
      : `a value of a series of type ${type} is a ${view}, not ${quote(value)}`
  }
  if (!Array.isArray(value)) return `a value of a series of type ${type} is an array, not ${quote(value)}`
  for (const item of value as unknown[]) {
    const fault = item === null ? 'an element is null' : valueFault(element, item)
    if (fault !== undefined) return fault
  }
  return undefined
}
