import { deadbandOf, receiveTime, type Sample } from '../../telemetry/index.js'
import type { Timetable } from './timetable.js'

/** Which samples of a series are recorded. */
export interface Pace {
  /** How far a value must be from the last one recorded. */
  readonly deadband?: number | undefined
  /** The same as a fraction of the last one recorded. */
  readonly relative?: number | undefined
  /** ms in which at most one sample is recorded; the newest that was withheld follows when it ends. */
  readonly minPeriod?: number | undefined
  /** ms after which the newest value is recorded again, when nothing was. */
  readonly every?: number | undefined
}

/** Who is told what becomes of samples. */
export interface PaceOwner {
  give(sample: Sample): void
  /** A sample is not recorded. */
  withheld(): void
  /** Whether the PV is connected. */
  isConnected(): boolean
}

/**
 * The pace of one series. Each sample is given, withheld for good, or waits for the end of `minPeriod`. A change of severity
 * passes all of it, and so does a step to or from NaN or no value.
 */
export class SeriesPolicy {
  readonly #times: Timetable
  readonly #owner: PaceOwner
  #pace: Pace = {}
  #keep: ((prev: Sample, next: Sample) => boolean) | undefined
  #last: Sample | undefined
  #lastAt = -Infinity
  /** Withheld by `minPeriod`, the newest. */
  #waiting: Sample | undefined
  #newest: Sample | undefined
  /** When the timetable calls next. */
  #due = Infinity
  #ended = false

  constructor(times: Timetable, owner: PaceOwner, pace: Pace) {
    this.#times = times
    this.#owner = owner
    this.pace = pace
  }

  set pace(pace: Pace) {
    this.#pace = pace
    const { deadband, relative } = pace
    this.#keep = deadbandOf({ deadband, relative })
    this.#arm()
  }

  /** The last one given. */
  get last(): Sample | undefined {
    return this.#last
  }

  take(sample: Sample): void {
    this.#newest = sample
    const last = this.#last
    if (last === undefined || isUrgent(last, sample)) {
      this.#give(sample)
    } else if (this.#keep?.(last, sample) === false) {
      this.#drop() // what waits is no longer the newest, and this one is where the last one was
      this.#owner.withheld()
    } else if (this.#times.now < this.#lastAt + (this.#pace.minPeriod ?? 0)) {
      this.#drop()
      this.#waiting = sample
      this.#arm()
    } else {
      this.#give(sample)
    }
  }

  /** Gives what waits, before its time. */
  flush(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting !== undefined) this.#give(waiting)
  }

  /** There is no more to come. */
  end(): void {
    this.flush()
    this.#ended = true
  }

  #drop(): void {
    if (this.#waiting !== undefined) this.#owner.withheld()
    this.#waiting = undefined
  }

  #give(sample: Sample): void {
    this.#drop()
    this.#last = sample
    this.#lastAt = this.#times.now
    this.#owner.give(sample)
    this.#arm()
  }

  #next(): number {
    const { minPeriod = 0, every = Infinity } = this.#pace
    if (this.#last === undefined) return Infinity
    return this.#lastAt + (this.#waiting === undefined ? every : minPeriod)
  }

  /** One call is on its way at most; a call that comes too early asks for the next. */
  #arm(): void {
    const due = this.#next()
    if (due >= this.#due) return
    this.#due = due
    this.#times.at(due, () => {
      if (this.#due !== due) return // an earlier one was asked for meanwhile
      this.#due = Infinity
      if (!this.#ended) this.#ring()
    })
  }

  #ring(): void {
    if (this.#times.now >= this.#next()) {
      if (this.#waiting !== undefined) this.flush()
      else if (!this.#repeat()) this.#lastAt = this.#times.now // looked again after `every`
    }
    this.#arm()
  }

  #repeat(): boolean {
    const newest = this.#newest
    if (newest === undefined || newest.value === null || !this.#owner.isConnected()) return false
    this.#give({ ...newest, time: receiveTime() })
    return true
  }
}

function isUrgent(last: Sample, next: Sample): boolean {
  return (
    last.severity !== next.severity ||
    hasNumber(last) !== hasNumber(next) ||
    last.series.type !== next.series.type
  )
}

function hasNumber({ value }: Sample): boolean {
  return value !== null && !Number.isNaN(value)
}
