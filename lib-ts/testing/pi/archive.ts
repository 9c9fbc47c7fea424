// The events of one stream, and what is read out of them.
import { stamp } from './times.js'

/** A state of a digital set, or of the system. */
export interface State {
  readonly Name: string
  readonly Value: number
  readonly IsSystem: boolean
}

export type Held = number | bigint | string | boolean | State | null

/** One archived value. */
export interface Event {
  /** ns since the epoch. */
  readonly time: bigint
  readonly value: Held
  readonly good: boolean
  readonly questionable: boolean
  readonly substituted: boolean
  readonly annotated: boolean
}

const SYSTEM: Readonly<Record<string, number>> = {
  'I/O Timeout': 246,
  'No Data': 248,
  'Calc Failed': 249,
  'Pt Created': 253,
  Shutdown: 254,
  'Bad Input': 255,
}

/** The state of the system with that name, whatever its case. */
export function systemState(name: string): State | undefined {
  const known = Object.keys(SYSTEM).find((one) => one.toLowerCase() === name.toLowerCase())
  return known === undefined ? undefined : { Name: known, Value: SYSTEM[known] as number, IsSystem: true }
}

export type UpdateOption =
  'Replace' | 'Insert' | 'NoReplace' | 'ReplaceOnly' | 'InsertNoCompression' | 'Remove'
export const updateOptions: readonly string[] = [
  'Replace',
  'Insert',
  'NoReplace',
  'ReplaceOnly',
  'InsertNoCompression',
  'Remove',
]

/** What happened to an event, for stream updates. */
export type Change = { readonly event: Event; readonly action: 'Add' | 'Update' | 'Delete' }

export class Archive {
  /** In order of time; those of one time in the order they came. */
  readonly events: Event[]
  /** Everything that ever happened. */
  readonly changes: Change[] = []
  readonly step: boolean

  constructor(step: boolean, events: readonly Event[] = []) {
    this.step = step
    this.events = [...events]
  }

  /** The place of the first event at or after a time. */
  firstAt(time: bigint): number {
    let low = 0
    let high = this.events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.events[middle] as Event).time < time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The place of the first event after a time. */
  firstAfter(time: bigint): number {
    return this.firstAt(time + 1n)
  }

  /** Stores an event; gives what is wrong with that, or nothing. */
  store(event: Event, option: UpdateOption): string | undefined {
    const at = this.firstAt(event.time)
    const there = this.events[at]?.time === event.time
    if (option === 'Remove' || option === 'ReplaceOnly') {
      if (!there) return 'there is no event at this time'
      if (option === 'Remove') {
        const [removed] = this.events.splice(at, 1)
        this.changes.push({ event: removed as Event, action: 'Delete' })
        return undefined
      }
    }
    if (there && option === 'NoReplace') return 'there is an event at this time already'
    if (there && (option === 'Replace' || option === 'ReplaceOnly')) {
      this.events.splice(at, this.firstAfter(event.time) - at, event)
      this.changes.push({ event, action: 'Update' })
      return undefined
    }
    this.events.splice(this.firstAfter(event.time), 0, event)
    this.changes.push({ event, action: 'Add' })
    return undefined
  }

  /** The newest event at or before a time. */
  before(time: bigint): Event | undefined {
    return this.events[this.firstAfter(time) - 1]
  }

  /** Events from one time to another, both included; the other way round when the first is the later. */
  recorded(from: bigint, to: bigint, boundary: string, most: number): Event[] {
    const [low, high] = from <= to ? [from, to] : [to, from]
    let first = this.firstAt(low)
    let last = this.firstAfter(high)
    if (boundary === 'Outside') {
      if (this.events[first]?.time !== low && first > 0) first--
      if (this.events[last - 1]?.time !== high && last < this.events.length) last++
    }
    const forward = from <= to
    if (boundary === 'Interpolated') {
      const inside = this.events.slice(first, last)
      if (inside[0]?.time !== low) inside.unshift(this.at(low))
      if (inside.at(-1)?.time !== high) inside.push(this.at(high))
      return (forward ? inside : inside.reverse()).slice(0, most)
    }
    return forward
      ? this.events.slice(first, Math.min(last, first + most))
      : this.events.slice(Math.max(first, last - most), last).reverse()
  }

  /** The value at a time: on the line between two events, or that of the one before. */
  at(time: bigint): Event {
    const before = this.before(time)
    if (before === undefined) return noData(time)
    if (before.time === time || this.step || typeof before.value !== 'number') return { ...before, time }
    const after = this.events[this.firstAfter(time)]
    if (after === undefined || typeof after.value !== 'number') return { ...before, time }
    const part = Number(time - before.time) / Number(after.time - before.time)
    return { ...before, time, value: before.value + part * (after.value - before.value) }
  }

  /** At most five events of each interval: first, last, least, greatest, and the first bad one. */
  plot(from: bigint, to: bigint, intervals: number): Event[] {
    const picked = new Set<Event>()
    const width = (to - from) / BigInt(intervals) || 1n
    for (let start = from; start < to; start += width) {
      const end = start + width < to ? start + width - 1n : to
      const inside = this.recorded(start, end, 'Inside', Infinity)
      const numbers = inside.filter(({ value }) => typeof value === 'number')
      const by = (sign: number): Event | undefined =>
        numbers.reduce<Event | undefined>(
          (best, one) =>
            best === undefined || sign * ((one.value as number) - (best.value as number)) > 0 ? one : best,
          undefined,
        )
      for (const one of [inside[0], by(-1), by(1), inside.find(({ good }) => !good), inside.at(-1)])
        if (one !== undefined) picked.add(one)
    }
    return [...picked].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
  }
}

export function noData(time: bigint): Event {
  return { ...plain(time, systemState('No Data') as State), good: false }
}

export function plain(time: bigint, value: Held): Event {
  return { time, value, good: true, questionable: false, substituted: false, annotated: false }
}

/** An event as the server writes it. */
export function timedValue(event: Event, units: string): Record<string, unknown> {
  return {
    Timestamp: stamp(event.time),
    Value: event.value,
    UnitsAbbreviation: units,
    Good: event.good,
    Questionable: event.questionable,
    Substituted: event.substituted,
    Annotated: event.annotated,
  }
}
