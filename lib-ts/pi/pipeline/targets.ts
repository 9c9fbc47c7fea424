// Which stream a series goes to.
import { PiError } from '../errors.js'
import type { CallOptions } from '../options.js'
import { readRef, type Wanted } from '../references.js'
import type { PiStream } from '../resolver.js'
import type { Series } from '../../telemetry/index.js'
import type { Reading } from '../values.js'
import type { PointMaker } from './point-maker.js'
import type { SinkSettings } from './sink-options.js'
import { tagOf } from './tags.js'
import { takesOf, type Takes } from './timed-values.js'

/** A stream that is there. */
export interface Target {
  readonly wanted: Wanted
  readonly webId: string
  readonly takes: Takes
}

export class Targets {
  readonly #reading: Reading
  readonly #maker: PointMaker
  readonly #settings: Pick<SinkSettings, 'point' | 'create'>
  readonly #wanted = new WeakMap<Series, Wanted | string>()
  /** The series of each tag that nobody chose. */
  readonly #ids = new Map<string, Set<string>>()
  readonly #known = new Map<string, Target>()

  constructor(reading: Reading, maker: PointMaker, settings: Pick<SinkSettings, 'point' | 'create'>) {
    this.#reading = reading
    this.#maker = maker
    this.#settings = settings
  }

  /** The stream of each series, or why it has none. */
  async of(all: Iterable<Series>, call: CallOptions): Promise<Map<Series, Target | string>> {
    const answers = new Map<Series, Target | string>()
    const missing = new Map<string, { readonly wanted: Wanted; readonly series: Series[] }>()
    const wanted = [...all].map((series) => [series, this.#wantedBy(series)] as const)
    for (const [series, one] of wanted) {
      if (typeof one === 'string') {
        answers.set(series, one)
        continue
      }
      const clash = this.#clash(one)
      if (clash !== undefined) {
        answers.set(series, clash)
        continue
      }
      const known = this.#known.get(one.key)
      const waiting = missing.get(one.key)
      if (known !== undefined) answers.set(series, known)
      else if (waiting === undefined) missing.set(one.key, { wanted: one, series: [series] })
      else waiting.series.push(series)
    }
    const found = await this.#find([...missing.values()], call)
    for (const [i, { series }] of [...missing.values()].entries())
      for (const one of series) answers.set(one, found[i] as Target | string)
    return answers
  }

  /** The server does not know this WebID any more. */
  forget({ wanted }: Target): void {
    this.#known.delete(wanted.key)
    this.#reading.resolver.forget(wanted)
  }

  #wantedBy(series: Series): Wanted | string {
    let wanted = this.#wanted.get(series)
    if (wanted === undefined) this.#wanted.set(series, (wanted = this.#choose(series)))
    return wanted
  }

  #choose(series: Series): Wanted | string {
    const { id } = series
    try {
      const chosen = this.#settings.point?.(series)
      if (chosen !== undefined) return readRef(chosen, `the point of ${JSON.stringify(id)}`)
      const wanted = { ...readRef({ tag: tagOf(id) }, `the tag of ${JSON.stringify(id)}`), ref: id }
      const ids = this.#ids.get(wanted.key)
      if (ids === undefined) this.#ids.set(wanted.key, new Set([id]))
      else ids.add(id)
      return wanted
    } catch (error) {
      return error instanceof PiError ? error.message : `option "point" failed: ${String(error)}`
    }
  }

  #clash({ key, text }: Wanted): string | undefined {
    const ids = this.#ids.get(key)
    if (ids === undefined || ids.size < 2) return undefined
    const names = [...ids].map((id) => JSON.stringify(id)).join(' and ')
    return `${names} meet in one tag, ${text}: option "point" tells them apart`
  }

  async #find(
    all: readonly { readonly wanted: Wanted; readonly series: readonly Series[] }[],
    call: CallOptions,
  ): Promise<(Target | string)[]> {
    if (all.length === 0) return []
    const { resolver } = this.#reading
    const wanted = all.map((one) => one.wanted)
    const found = await Promise.allSettled(resolver.resolve(wanted, call, false))
    const settled = await Promise.allSettled(
      found.map(async (result, i): Promise<Target | string> => {
        const one = all[i] as (typeof all)[number]
        // It may have been made while this batch was told that it is not there.
        const known = this.#known.get(one.wanted.key)
        if (known !== undefined) return known
        const stream = await this.#foundOrMade(result, one.wanted, one.series[0] as Series, call)
        if (typeof stream === 'string') return stream
        const target = { wanted: one.wanted, webId: stream.webId, takes: takesOf(stream.type) }
        this.#known.set(one.wanted.key, target)
        return target
      }),
    )
    // All of them are waited for: what was made is known, and the rest is for the next attempt.
    return settled.map((result) => {
      if (result.status === 'rejected') throw result.reason as Error
      return result.value
    })
  }

  async #foundOrMade(
    result: PromiseSettledResult<PiStream>,
    wanted: Wanted,
    series: Series,
    call: CallOptions,
  ): Promise<PiStream | string> {
    if (result.status === 'fulfilled') return result.value
    const { code, message } = result.reason as Partial<PiError>
    if (code !== 'ERR_PI_NOT_FOUND') throw result.reason as Error
    const { create } = this.#settings
    if (create === undefined)
      return (message ?? wanted.text).replace(/^there is no (point|attribute) /, 'no such point ')
    let more: unknown
    try {
      more = create(series)
    } catch (error) {
      return `no such point ${wanted.text}, and option "create" failed: ${String(error)}`
    }
    return this.#maker.make(wanted, series, more, call)
  }
}
