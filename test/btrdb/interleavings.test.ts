// Calls, aborts, limits, cuts and faults in any order: each call settles once, and nothing is left behind.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { BTrDB, type Stream } from 'node-pvxs/btrdb'
import { btrdbFake, type BtrdbFake } from 'node-pvxs/testing'
import { lab, NOWHERE, uuid } from './device.js'

const POINTS = 40
const PAGE = 5
/** ms in which calls make no progress, until they are given up. */
const PATIENCE = 15
const RUNS = Number(process.env['INTERLEAVINGS'] ?? 1500)
const everything = { from: 0n, to: 1000n }

type Step =
  | { readonly kind: 'read' | 'write' | 'nearest' | 'sql' | 'set' | 'cut' | 'tick' | 'abort' }
  | { readonly kind: 'iterate'; readonly pages: number }
  | { readonly kind: 'limit'; readonly limit: number }
  | { readonly kind: 'fault'; readonly rpc: string; readonly fault: 'later' | 'broken' | 'refused' | 'hang' }
  | { readonly kind: 'brief'; readonly timeout: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('read', 'write', 'nearest', 'sql', 'set').map((kind) => ({ kind })),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 0, max: 9 }).map((pages) => ({ kind: 'iterate' as const, pages })),
  },
  { weight: 1, arbitrary: fc.constantFrom('cut', 'abort', 'tick').map((kind) => ({ kind })) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 5 }).map((limit) => ({ kind: 'limit' as const, limit })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      rpc: fc.constantFrom('RawValues', 'Insert', 'Nearest', 'SQLQuery'),
      fault: fc.constantFrom('later', 'broken', 'refused', 'hang'),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom(1, 3).map((timeout) => ({ kind: 'brief' as const, timeout })) },
)

const faults = {
  later: { code: 426 },
  broken: { grpc: 'UNAVAILABLE', afterPages: 2 },
  refused: { code: 437 },
  hang: { hang: true },
} as const

/** What may become of a call; anything else is a fault of the client. */
const ends = ['ERR_BTRDB_AUTH', 'ERR_BTRDB_CLOSED', 'ERR_BTRDB_TIMEOUT', 'ERR_BTRDB_UNAVAILABLE', 'given up']

let fake: BtrdbFake
beforeAll(async () => {
  fake = await btrdbFake({ pageSize: PAGE })
})
afterAll(() => fake.close())

/** A client, and what was begun on it. */
class Run {
  readonly #db: BTrDB
  readonly #stream: Stream
  readonly #results: Promise<string>[] = []
  #abort = new AbortController()

  constructor(db: BTrDB, stream: Stream) {
    this.#db = db
    this.#stream = stream
  }

  async apply(step: Step): Promise<void> {
    const { signal } = this.#abort
    switch (step.kind) {
      case 'read': {
        this.#begin(this.#read(signal))
        return
      }
      case 'write': {
        this.#begin(this.#stream.insert([[5n, 5]], { signal }))
        return
      }
      case 'nearest': {
        this.#begin(this.#stream.nearest(0n, { signal }))
        return
      }
      case 'sql': {
        this.#begin(this.#db.sqlQuery('SELECT uuid FROM streams', [], { signal }))
        return
      }
      case 'set': {
        this.#begin(this.#set(signal))
        return
      }
      case 'brief': {
        this.#begin(this.#stream.rawValues(everything, { signal, timeout: step.timeout }))
        return
      }
      case 'iterate': {
        this.#begin(this.#iterate(step.pages, signal))
        return
      }
      case 'limit':
        this.#db.concurrencyLimit = step.limit
        return
      case 'fault': {
        fake.fail(step.rpc, faults[step.fault])
        return
      }
      case 'cut': {
        fake.drop()
        return
      }
      case 'abort':
        this.#abort.abort(new Error('given up'))
        this.#abort = new AbortController()
        return
      case 'tick':
        await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** What became of each call. What hangs, by a fault of the server, is given up. */
  async ended(): Promise<string[]> {
    let left = this.#results.length
    const all = Promise.all(this.#results.map((one) => one.finally(() => left--)))
    for (let before = left; left > 0; before = left) {
      await Promise.race([all, new Promise((resolve) => setTimeout(resolve, PATIENCE))])
      if (before === left) this.#abort.abort(new Error('given up'))
    }
    return all
  }

  #begin(work: Promise<unknown>): void {
    this.#results.push(
      work.then(
        () => 'done',
        (error: unknown) => (error as { code?: string }).code ?? (error as Error).message,
      ),
    )
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { time } = await this.#stream.rawValues(everything, { signal })
    expect(Array.from(time, Number)).toEqual(Array.from({ length: POINTS }, (_, i) => i))
  }

  async #set(signal: AbortSignal): Promise<void> {
    const set = await this.#db.streamsetFromUuids([this.#stream.uuid], { fetchMetadata: false })
    await set.rawValues(everything, { signal })
  }

  async #iterate(pages: number, signal: AbortSignal): Promise<void> {
    let seen = 0
    for await (const { time } of this.#stream.rawValuesIter(everything, { signal })) {
      expect(Number(time[0])).toBe(seen)
      seen += time.length
      // The slot is free meanwhile: this must not wait for itself.
      await this.#stream.exists({ signal })
      if (pages-- <= 0) return
    }
    expect(seen).toBe(POINTS)
  }
}

const sockets = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setImmediate(resolve))
}

/** The stream that all runs use, on a server that has no faults yet. */
async function filled(db: BTrDB): Promise<Stream> {
  fake.clear()
  await db.info() // on a connection that is not about to be found cut: a stream is not made twice
  const stream = await db.create('00000000-0000-4000-8000-000000000001', 'lab', { name: 'a' })
  const times = Array.from({ length: POINTS }, (_, i) => BigInt(i))
  await stream.insert({ time: times, value: times.map(Number) })
  return stream
}

async function connected(): Promise<{ db: BTrDB; stream: Stream }> {
  const retry = { attempts: 8, min: 1, max: 2 }
  const db = await BTrDB.connect({ endpoint: fake.endpoint, ...NOWHERE, timeout: 20_000, retry })
  return { db, stream: await filled(db) }
}

it('calls, aborts, cuts, faults, limits and an end in any order leave no call and no socket behind', async () => {
  let here = await connected()
  const property = async (steps: Step[], close: number): Promise<void> => {
    const { db, stream } = here
    const run = new Run(db, stream)
    for (const [i, one] of steps.entries()) {
      if (i === close) void db.close()
      if (!db.closed) await run.apply(one)
    }
    const results = await run.ended()
    expect(results.filter((result) => result !== 'done' && !ends.includes(result))).toEqual([])
    expect(db.stats).toMatchObject({ running: 0, waiting: 0 })
    await until(() => fake.running === 0)
    if (db.closed) {
      await until(() => sockets() === 0)
      here = await connected()
    } else if (steps.some(({ kind }) => kind === 'fault')) here = { db, stream: await filled(db) }
  }
  const steps = fc.array(step, { minLength: 1, maxLength: 14 })
  await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 0, max: 60 }), property), {
    numRuns: RUNS,
    endOnFailure: true, // a server that was used by other runs is not the same one again
  })
  await here.db.close()
  await until(() => sockets() === 0)
}, 400_000)

it('hundreds of calls may hang on one signal, and all end with its reason', async () => {
  const { db, fake: other } = await lab({ concurrencyLimit: 20 })
  const warnings: Error[] = []
  const warned = (warning: Error): unknown => warnings.push(warning)
  process.on('warning', warned)
  const given = new AbortController()
  other.fail('Nearest', { hang: true, times: Infinity })
  const stream = db.streamFromUuid(uuid())
  const calls = Array.from({ length: 300 }, () => stream.nearest(0n, { signal: given.signal }))
  expect(db.stats).toMatchObject({ running: 20, waiting: 280 })
  given.abort(new Error('enough'))
  const results = await Promise.allSettled(calls)
  expect(results.every((r) => r.status === 'rejected' && (r.reason as Error).message === 'enough')).toBe(true)
  expect(db.stats).toMatchObject({ running: 0, waiting: 0 })
  await new Promise((resolve) => setImmediate(resolve)) // warnings come a turn later
  process.off('warning', warned)
  expect(warnings).toEqual([])
})

it('a call that is given up in the turn in which it began leaves no connection', async () => {
  for (let turns = 0; turns < 40; turns++) {
    const { db, stream } = await connected()
    const given = new AbortController()
    const call = stream.rawValues(everything, { signal: given.signal }).catch(() => undefined)
    for (let i = 0; i < turns; i++) await Promise.resolve()
    given.abort(new Error('enough'))
    await call
    await db.info() // by now its answer would have come
    await db.close()
    await until(() => sockets() === 0)
  }
})
