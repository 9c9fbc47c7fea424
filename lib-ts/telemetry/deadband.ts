import type { Sample } from './sample.js'

/** What decides whether a sample is worth keeping. */
export interface DeadbandOptions {
  /** How far a value must be from the last one given; a function returns true to give the sample. */
  readonly deadband?: number | ((prev: Sample, next: Sample) => boolean) | undefined
  /** The same as a fraction of the last value given. With both, a value must be outside both. */
  readonly relative?: number | undefined
  /** ms of sample time after which a sample is given in any case. */
  readonly every?: number | undefined
}

/** Whether a sample is given, `prev` being the one of its series that was given last; undefined when there is no band. */
export function deadbandOf(o: DeadbandOptions): ((prev: Sample, next: Sample) => boolean) | undefined {
  const { deadband, relative = 0, every } = o
  if (deadband === undefined && o.relative === undefined) return undefined
  const heartbeat = every === undefined ? undefined : BigInt(Math.round(every * 1e6))
  const moved =
    typeof deadband === 'function'
      ? deadband
      : (prev: Sample, next: Sample) => outside(prev.value, next.value, deadband ?? 0, relative)
  return (prev, next) =>
    alarmChanged(prev, next) ||
    hasNumber(prev) !== hasNumber(next) ||
    (heartbeat !== undefined && next.time - prev.time >= heartbeat) ||
    moved(prev, next)
}

function alarmChanged(a: Sample, b: Sample): boolean {
  return a.severity !== b.severity || a.status !== b.status || a.message !== b.message
}

/** A step to or from NaN, or to or from no value at all. */
function hasNumber({ value }: Sample): boolean {
  return value !== null && !Number.isNaN(value)
}

function outside(prev: Sample['value'], next: Sample['value'], absolute: number, relative: number): boolean {
  if (typeof prev === 'bigint' && typeof next === 'bigint') {
    const d = Number(next > prev ? next - prev : prev - next)
    return d > absolute && d > relative * Math.abs(Number(prev))
  }
  if (typeof prev === 'number' && typeof next === 'number') {
    if (prev === next || (Number.isNaN(prev) && Number.isNaN(next))) return false
    const d = Math.abs(next - prev)
    return d > absolute && (d > relative * Math.abs(prev) || !Number.isFinite(prev))
  }
  // What has no distance: texts, booleans, arrays. Of arrays only a new object may differ.
  return prev !== next
}
