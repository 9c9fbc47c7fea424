import type { Series, SeriesType } from '../telemetry/index.js'
import type { Columns } from './columns.js'
import { DEFAULT_TYPES, kindOf, type Kind } from './layout.js'

/** What is known of a series, from when on. */
interface Known {
  readonly time: bigint
  readonly kinds: readonly Kind[]
  readonly series: Series
}

/** The metadata of one id in order of time. */
export class Metadata {
  readonly #id: string
  readonly #known: Known[] = []
  readonly #defaults = new Map<Kind, Series>()

  constructor(id: string) {
    this.#id = id
  }

  /** Adds the rows of a series of the metadata's measurement, oldest first. */
  add({ time, fields, length }: Columns): void {
    const text = (key: string, i: number): string | undefined => {
      const cell = fields[key]?.[i]
      return typeof cell === 'string' ? cell : undefined
    }
    for (let i = 0; i < length; i++) {
      const type = text('type', i)
      if (type === undefined) continue
      this.addOne(time[i] as bigint, type, text('units', i), text('description', i), text('choices', i))
    }
    this.#known.sort((a, b) => (a.time < b.time ? -1 : 1))
  }

  addOne(
    time: bigint,
    type: string,
    units: string | undefined,
    description: string | undefined,
    choices: string | undefined,
  ): void {
    const parsed = choicesOf(choices)
    const series: Series = Object.freeze({
      id: this.#id,
      type: type as SeriesType,
      ...(units === undefined ? {} : { units }),
      ...(description === undefined ? {} : { description }),
      ...(parsed === undefined ? {} : { choices: parsed }),
    })
    const kinds = [kindOf(series.type, 'int'), kindOf(series.type, 'uint')].filter(
      (kind) => kind !== undefined,
    )
    // What somebody else has written there is none of ours.
    if (kinds.length === 0) return
    const before = this.#known.at(-1)
    const same = before !== undefined && JSON.stringify(before.series) === JSON.stringify(series)
    this.#known.push({ time, kinds, series: same ? before.series : series })
  }

  /**
   * The series of a sample of that kind: as of its time, or the first that came after. `guess` is the kind that its
   * value looks like, for when nothing is known.
   */
  at(kind: Kind | undefined, time: bigint, guess: Kind): Series {
    let found: Series | undefined
    for (const { time: since, kinds, series } of this.#known) {
      if (kind !== undefined && !kinds.includes(kind)) continue
      if (found !== undefined && since > time) break
      found = series
    }
    return found ?? this.default(kind ?? guess)
  }

  /** The newest. */
  get last(): Series | undefined {
    return this.#known.at(-1)?.series
  }

  default(kind: Kind): Series {
    let series = this.#defaults.get(kind)
    if (series === undefined) {
      series = Object.freeze({ id: this.#id, type: DEFAULT_TYPES[kind] })
      this.#defaults.set(kind, series)
    }
    return series
  }
}

function choicesOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined
  try {
    const choices: unknown = JSON.parse(text)
    return Array.isArray(choices) && choices.every((choice) => typeof choice === 'string')
      ? choices
      : undefined
  } catch {
    return undefined // written by somebody else
  }
}
