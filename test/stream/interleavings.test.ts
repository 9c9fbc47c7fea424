// Whatever is done to a stream, in whatever order: it ends in a final state, once, and nothing is left.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ManagedStream, type StreamEvent, type StreamOptions, type StreamState } from 'node-pvxs/stream'
import { deferred } from '../unit/fixtures.js'
import { FakeSource } from './fake-source.js'

const steps = [
  ...[
    'start',
    'start',
    'start',
    'update',
    'update',
    'no rollback',
    'stop',
    'abort',
    'read',
    'read',
    'wait',
    'wait',
  ],
  ...['give', 'give', 'give', 'give bad', 'end handler', 'end handler', 'fail handler', 'lose', 'find'],
  ...['break', 'end source', 'succeed', 'succeed', 'succeed', 'fail', 'close fails'],
] as const
type Step = (typeof steps)[number]

interface Case {
  readonly steps: readonly Step[]
  readonly settings: Omit<StreamOptions<unknown, unknown>, 'handler' | 'queue'>
  readonly handler: 'none' | 'sync' | 'async'
  readonly max: number
}

const cases: fc.Arbitrary<Case> = fc.record({
  steps: fc
    .tuple(
      fc.constantFrom<Step[]>(['start'], ['start', 'wait', 'succeed', 'wait'], []),
      fc.array(fc.constantFrom(...steps), { minLength: 3, maxLength: 25 }),
    )
    .map(([before, then]) => [...before, ...then]),
  settings: fc.record({
    onHandlerError: fc.constantFrom('fail', 'skip'),
    onStop: fc.constantFrom('drain', 'discard'),
  }),
  handler: fc.constantFrom('none', 'sync', 'async'),
  max: fc.constantFrom(1, 2, 100),
})

// Without a timer: the clock has no part in these.
async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve()
}

/** One stream, and all promises that it has given. */
class Run {
  readonly source = new FakeSource({ auto: false })
  readonly stream: ManagedStream<readonly string[], unknown, unknown>
  readonly calls: { readonly what: string; readonly promise: Promise<unknown> }[] = []
  readonly states: StreamState[] = []
  readonly handling: ReturnType<typeof deferred<unknown>>[] = []
  readonly errors: Error[] = []
  handled = 0
  #abort = new AbortController()
  #items = 0
  readonly #events: AsyncIterator<StreamEvent>

  constructor({ settings, handler, max }: Case) {
    const handle = (item: unknown): unknown => {
      this.handled++
      if (handler === 'sync') {
        if (item === 'bad') throw new Error('bad item')
        return item
      }
      const gate = deferred<unknown>()
      this.handling.push(gate)
      return gate.promise.then(() => {
        if (item === 'bad') throw new Error('bad item')
        return item
      })
    }
    this.stream = new ManagedStream<readonly string[], unknown, unknown>(this.source, {
      ...settings,
      queue: { max },
      ...(handler !== 'none' && { handler: handle }),
    })
    this.#events = this.stream.events()
  }

  async watch(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#events.next()
      if (done === true) return
      if (value.type === 'state') this.states.push(value.to)
    }
  }

  call(what: string, promise: Promise<unknown>): void {
    promise.catch(() => undefined)
    this.calls.push({ what, promise })
  }

  do(step: Step): void {
    const { stream, source } = this
    const open = source.opened.at(-1)
    const { signal } = this.#abort
    switch (step) {
      case 'start':
        this.call(
          step,
          stream.start(['a'], { signal, timeout: Infinity, onError: (e) => this.errors.push(e) }),
        )
        break
      case 'update':
      case 'no rollback':
        this.call(step, this.#update(step === 'update', signal))
        break
      case 'stop':
        this.call(step, stream.stop())
        break
      case 'abort':
        this.#abort.abort(new Error('given up'))
        this.#abort = new AbortController()
        break
      case 'read':
        this.call(step, stream[Symbol.asyncIterator]().next())
        break
      case 'give':
        open?.give(this.#items++, this.#items++)
        break
      case 'give bad':
        open?.give('bad')
        break
      case 'end handler':
      case 'fail handler':
        this.#settleHandler(step === 'end handler')
        break
      case 'lose':
        open?.lose('a')
        break
      case 'find':
        open?.find('a')
        break
      case 'break':
        open?.end(new Error('broken'))
        break
      case 'end source':
        open?.end()
        break
      case 'succeed':
        source.calls[0]?.succeed()
        break
      case 'fail':
        if (source.calls[0]?.what !== 'close') source.calls[0]?.fail(new Error('refused'))
        break
      case 'close fails':
        if (source.calls[0]?.what === 'close') source.calls[0].fail(new Error('stuck'))
        break
      case 'wait':
        break
    }
  }

  #update(rollback: boolean, signal: AbortSignal): Promise<void> {
    const to = this.#items++ % 2 === 0 ? { add: ['b'], remove: ['c'] } : ['a', 'c']
    return this.stream.update(to, { rollback, signal, timeout: Infinity })
  }

  #settleHandler(well: boolean): void {
    const gate = this.handling.shift()
    if (well) gate?.resolve(undefined)
    else gate?.reject(new Error('handler failed'))
  }

  /** Lets everything end: calls of the source succeed, handlers return. */
  async finish(): Promise<void> {
    this.source.auto = true
    const stopped = this.stream.stop()
    this.call('stop', stopped)
    const ended = Promise.allSettled([stopped, ...this.calls.map(({ promise }) => promise)])
    const over = { yes: false }
    void ended.then(() => (over.yes = true))
    for (let i = 0; i < 100 && !over.yes; i++) {
      for (const call of [...this.source.calls]) call.succeed()
      for (const gate of this.handling.splice(0)) gate.resolve(undefined)
      await microtasks(20)
    }
    expect(over.yes, 'every promise has settled').toBe(true)
  }
}

const allowed: Readonly<Record<string, readonly (string | undefined)[]>> = {
  start: [undefined, 'ERR_STREAM_STATE', 'given up', 'refused'],
  update: [undefined, 'ERR_STREAM_STATE', 'ERR_STREAM_ROLLBACK', 'ERR_STREAM_UPDATE', 'given up'],
  'no rollback': [undefined, 'ERR_STREAM_STATE', 'ERR_STREAM_UPDATE', 'given up'],
}

async function outcome(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => (error as { code?: string }).code ?? (error as Error).message,
  )
}

async function holds(example: Case): Promise<void> {
  const run = new Run(example)
  const watched = run.watch()
  for (const step of example.steps) {
    run.do(step)
    await microtasks(step === 'wait' ? 25 : 3)
  }
  await run.finish()
  await watched
  const { stream, source } = run
  const { state, stats } = stream

  expect(['stopped', 'failed']).toContain(state)
  expect(run.states.filter((s) => s === 'stopped' || s === 'failed')).toEqual([state])
  expect(run.errors).toEqual(state === 'failed' ? [stream.error] : [])
  expect(stream.error === undefined).toBe(state === 'stopped')
  expect(source.calls).toEqual([])
  if (!example.steps.includes('close fails')) expect(source.openNow()).toBe(0)
  for (const { what, promise } of run.calls) {
    if (what in allowed) expect(allowed[what]).toContain(await outcome(promise))
  }
  if (example.handler !== 'async' || !example.steps.includes('fail handler')) {
    expect(stats.received).toBe(stats.delivered + stats.queued + stats.dropped + stats.handlerErrors)
  }
  const handled = run.handled
  source.opened.at(-1)?.give('late')
  await microtasks(20)
  expect(run.handled).toBe(handled)
}

it('ends well after any interleaving', { timeout: 90_000 }, async () => {
  await fc.assert(fc.asyncProperty(cases, holds), { numRuns: 10_000 })
})
