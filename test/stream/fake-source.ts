// A source under full control: every call of it waits until the test settles it.
import { deferred } from '../unit/fixtures.js'
import type { ChangeOptions, OpenOptions, OpenSource, Source, SourceEvent } from 'node-pvxs/stream'
import { BoundedQueue } from 'node-pvxs/stream'

type Names = readonly string[]

/** A call that the test has not settled yet. */
export interface Call {
  readonly what: 'open' | 'change' | 'close'
  readonly spec: Names
  readonly signal: AbortSignal | undefined
  readonly timeout: number
  succeed(): void
  fail(error: unknown): void
}

export interface FakeOptions {
  /** Settles every call at once. */
  readonly auto?: boolean
  /** Whether an abort makes a pending call reject, as it should; default true. */
  readonly heeds?: boolean
}

/** Opens lists of names; gives what `give` is told. */
export class FakeSource implements Source<Names, unknown> {
  readonly calls: Call[] = []
  opened: FakeOpen[] = []
  auto: boolean
  readonly #heeds: boolean

  constructor({ auto = true, heeds = true }: FakeOptions = {}) {
    this.auto = auto
    this.#heeds = heeds
  }

  /** The one that is open now. */
  get now(): FakeOpen {
    const open = this.opened.at(-1)
    if (open === undefined) throw new Error('nothing was opened')
    return open
  }

  /** How many are open. */
  openNow(): number {
    return this.opened.filter(({ closed }) => !closed).length
  }

  async open(spec: Names, options: OpenOptions): Promise<FakeOpen> {
    await this.call('open', spec, options)
    const open = new FakeOpen(this, spec)
    this.opened.push(open)
    return open
  }

  /** The oldest call that waits. */
  get waiting(): Call {
    const [call] = this.calls
    if (call === undefined) throw new Error('no call waits')
    return call
  }

  call(what: Call['what'], spec: Names, options?: OpenOptions): Promise<void> {
    if (this.auto) return Promise.resolve()
    const { promise, resolve, reject } = deferred()
    const settled = (): void => {
      const at = this.calls.indexOf(call)
      if (at >= 0) this.calls.splice(at, 1)
    }
    const call: Call = {
      what,
      spec,
      signal: options?.signal,
      timeout: options?.timeout ?? 0,
      succeed: () => {
        settled()
        resolve()
      },
      fail: (error) => {
        settled()
        reject(error)
      },
    }
    this.calls.push(call)
    if (this.#heeds) {
      options?.signal.addEventListener('abort', () => {
        call.fail(options.signal.reason)
      })
    }
    return promise
  }
}

export class FakeOpen implements OpenSource<Names, unknown> {
  spec: Names
  closed = false
  /** Batches that were taken. */
  taken = 0
  changes: (ChangeOptions<Names> & { readonly to: Names })[] = []
  readonly events = new BoundedQueue<SourceEvent>()
  readonly #source: FakeSource
  readonly #batches = new BoundedQueue<readonly unknown[]>()

  constructor(source: FakeSource, spec: Names) {
    this.#source = source
    this.spec = spec
  }

  get items(): AsyncIterable<readonly unknown[]> {
    const batches = this.#batches[Symbol.asyncIterator]()
    const next = batches.next.bind(batches)
    batches.next = () => {
      this.taken++
      return next()
    }
    return batches
  }

  give(...items: unknown[]): void {
    this.#batches.tryPush(items)
  }

  lose(id: string): void {
    this.events.tryPush({ type: 'disconnected', id, time: 1n })
  }

  find(id: string): void {
    this.events.tryPush({ type: 'connected', id, time: 2n })
  }

  end(error?: unknown): void {
    this.#batches.end(error)
  }

  async change(to: Names, options: ChangeOptions<Names>): Promise<void> {
    this.changes.push({ to, ...options })
    await this.#source.call('change', to, options)
    this.spec = to
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.call('close', this.spec)
    this.closed = true
    this.#batches.end()
    this.events.end()
  }
}
