import type { Value } from '../data/index.js'
import { samples, type PvUpdate, type Sample } from '../telemetry/index.js'
import { SeriesPolicy, type PaceOwner } from './policy/series-policy.js'
import type { Policy } from './policy/policy.js'
import type { Timetable } from './policy/timetable.js'
import type { Lane } from './lane.js'

/** What is known about a PV that is recorded. */
export interface PvStatus {
  readonly name: string
  readonly connected: boolean
  /** The sinks it goes to. */
  readonly sinks: readonly string[]
  /** Samples that the PV gave. */
  readonly received: number
  /** Samples that were handed to its sinks, repeats among them. */
  readonly written: number
  /** Samples that its policy kept back. */
  readonly withheld: number
  /** Samples that were refused, by us or by a sink. */
  readonly rejected: number
  /** Of the last sample recorded, ns. */
  readonly lastTime?: bigint
  readonly lastError?: string
}

const CONVERSION = ['time', 'arrays', 'maxElements', 'enums'] as const
const MAX_AHEAD = 1_800_000

/** One PV: its updates become samples, which its policy hands to its lanes or keeps back. */
export class PvRecording implements PaceOwner {
  readonly name: string
  /** Whether its monitor is connected, with or without a value yet. */
  linked = false
  /** Whether it was, once. */
  wasLinked = false
  connected = false
  outOfOrder = 0
  futureTimes = 0
  received = 0
  written = 0
  withheldCount = 0
  rejected = 0
  lastError: string | undefined
  #policy: Policy
  #lanes: readonly Lane[]
  readonly #times: Timetable
  readonly #series = new Map<string, { readonly policy: SeriesPolicy; latest: bigint }>()
  #convert: (update: PvUpdate) => Sample[]
  #last: Value | undefined
  #lastTime: bigint | undefined

  readonly #given: () => void

  /** `given` is called when a sample went to the lanes, which have to be flushed. */
  constructor(name: string, policy: Policy, lanes: readonly Lane[], times: Timetable, given: () => void) {
    this.name = name
    this.#policy = policy
    this.#lanes = lanes
    this.#times = times
    this.#given = given
    this.#convert = this.#converter()
  }

  get policy(): Policy {
    return this.#policy
  }

  /** Another policy, which acts on what runs. */
  change(policy: Policy, lanes: readonly Lane[]): void {
    const before = this.#policy
    const more = lanes.filter((lane) => !this.#lanes.includes(lane))
    this.#policy = policy
    this.#lanes = lanes
    // A sink that is new begins with what is there, and not with the next change.
    for (const { policy: one } of this.#series.values())
      if (one.last !== undefined) for (const lane of more) lane.take(one.last)
    for (const { policy: one } of this.#series.values()) one.pace = policy
    if (CONVERSION.every((key) => policy[key] === before[key])) return
    this.#convert = this.#converter()
    if (this.#last === undefined) return
    // The new conversion has not seen the alarm and the time, which the next update may not repeat.
    const whole = this.#last.$clone()
    for (const field of Object.keys(whole)) whole.$mark(field)
    for (const sample of this.#convert({ name: this.name, value: whole.$freeze() }))
      if (!this.#series.has(sample.series.id)) this.#take(sample)
  }

  update(value: Value): void {
    this.connected = true
    this.#last = value
    for (const sample of this.#convert({ name: this.name, value })) this.#take(sample)
  }

  disconnected(): void {
    if (!this.connected) return
    this.connected = false
    this.#last = undefined
    for (const { policy } of this.#series.values()) policy.flush() // the last value before the gap
    if (this.#policy.onDisconnect === 'nothing') return
    for (const sample of this.#convert({ name: this.name, value: null })) this.#take(sample)
  }

  /** It is not recorded any more: what waits is given. */
  end(): void {
    for (const { policy } of this.#series.values()) policy.end()
  }

  give(sample: Sample): void {
    this.written++
    this.#lastTime = sample.time
    for (const lane of this.#lanes) lane.take(sample)
    this.#given()
  }

  withheld(): void {
    this.withheldCount++
  }

  isConnected(): boolean {
    return this.connected
  }

  get status(): PvStatus {
    const [time, error] = [this.#lastTime, this.lastError]
    return {
      name: this.name,
      connected: this.linked,
      sinks: this.#lanes.map(({ name }) => name),
      received: this.received,
      written: this.written,
      withheld: this.withheldCount,
      rejected: this.rejected,
      ...(time === undefined ? {} : { lastTime: time }),
      ...(error === undefined ? {} : { lastError: error }),
    }
  }

  #converter(): (update: PvUpdate) => Sample[] {
    const { time, arrays, maxElements, enums } = this.#policy
    const onSkipped = (_: string, reason: string): void => {
      this.lastError = `not recorded: ${reason}`
    }
    return samples({ time, arrays, maxElements, enums, onSkipped })
  }

  #take(sample: Sample): void {
    this.received++
    const { series, time } = sample
    if (time > BigInt(Date.now() + (this.#policy.maxAhead ?? MAX_AHEAD)) * 1_000_000n) {
      this.rejected++
      this.futureTimes++
      this.lastError = 'future time stamp'
      return
    }
    let known = this.#series.get(series.id)
    if (known === undefined) {
      known = { policy: new SeriesPolicy(this.#times, this, this.#policy), latest: time }
      this.#series.set(series.id, known)
    }
    if (time < known.latest) this.outOfOrder++
    else known.latest = time
    known.policy.take(sample)
  }
}
