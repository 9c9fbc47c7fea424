import type { Value } from '../data/index.js'
import { isThenable, quote } from '../input/index.js'
import { ClosedError, InvalidArgumentError, TimeoutError } from '../errors.js'
import type { Timed } from '../native/index.js'
import type { Ending } from './attachment.js'
import type { Target } from './context-core.js'
import { detailsOf, headOf } from './subject.js'
import { MonitorFeed, type Delivery } from './monitor-feed.js'
import { monitorRequest } from './monitor-request.js'
import type { WaitForChecked } from './options.js'
import { creditFor, type Credit } from './update-credit.js'

const SHOWN = 200

/** Waits for the first value of a PV that fits. */
export class Wait implements Delivery, Timed {
  slot = 0
  readonly promise: Promise<Value>
  readonly #target: Target
  readonly #fits: (value: Value) => unknown
  readonly #timeout: number
  readonly #credit: Credit
  readonly #feed: MonitorFeed
  #last: Value | undefined
  #resolve!: (value: Value) => void
  #reject!: (reason: unknown) => void

  constructor(target: Target, fits: unknown, options: WaitForChecked) {
    if (typeof fits !== 'function')
      throw new InvalidArgumentError(`what to wait for is a function of the value, not ${quote(fits)}`)
    const { core, pv } = target
    const { signal, type, timeout = Infinity, connectTimeout = Infinity, latest = false } = options
    const { request } = monitorRequest(options)
    this.#target = target
    this.#fits = fits as (value: Value) => unknown
    this.#timeout = timeout
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    core.hold.add()
    core.env.deadlines.add(this, timeout)
    const credit = creditFor(core.env, 0, latest)
    this.#credit = credit
    const { op } = target
    const limited = timeout !== Infinity
    const settings = { pv, signal, type, credit, connectTimeout, limited, selection: options, op }
    this.#feed = new MonitorFeed(core, settings, this)
    this.#feed.start(core.encodedRequest(request), options.server ?? '')
    credit.wanted()
  }

  update(value: Value): void {
    this.#last = value
    try {
      if (!this.#test(value)) {
        this.#credit.taken(1, 0)
        this.#credit.wanted()
        return
      }
      this.#resolve(value)
    } catch (error) {
      this.#reject(error)
    }
    void this.#feed.close()
  }

  #test(value: Value): boolean {
    const fits = this.#fits(value)
    if (!isThenable(fits)) return Boolean(fits)
    fits.then(undefined, () => undefined) // it is refused, whatever it becomes
    throw new InvalidArgumentError(
      `${headOf(this.#target)}: what to wait for is true or false, not a promise`,
      detailsOf(this.#target),
    )
  }

  event(): void {
    // the next value tells
  }

  expired(): void {
    if (this.#last === undefined) {
      void this.#feed.late(this.#timeout)
      return
    }
    const last = this.#last.toJSON() as { value?: unknown }
    const json = JSON.stringify(last.value ?? last)
    const shown = json.length > SHOWN ? `${json.slice(0, SHOWN)}…` : json
    const text = `no value that fits within ${this.#timeout / 1_000} s, the last was ${shown}`
    this.#reject(
      new TimeoutError(`${headOf(this.#target)}: ${text} (phase: execute)`, {
        ...detailsOf(this.#target),
        phase: 'execute',
      }),
    )
    void this.#feed.close()
  }

  ended(ending: Ending): void {
    const { core } = this.#target
    core.env.deadlines.delete(this)
    core.hold.drop()
    if ('reason' in ending) {
      this.#reject(ending.reason)
      return
    }
    const why = ending.how === 'finished' ? 'the server has finished' : 'the Context was closed'
    this.#reject(new ClosedError(`${headOf(this.#target)}: ${why}`, detailsOf(this.#target)))
  }
}
