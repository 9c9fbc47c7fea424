// Whatever happens in whatever order: every call settles, and nothing is left.
//   NODE_PVXS_BTRDB_RUNS=10000 npx vitest run test/btrdb/interleavings.test.ts
// A failure tells its seed and path; NODE_PVXS_BTRDB_SEED runs a seed again.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BTrDBError, type BTrDB } from 'node-pvxs/btrdb'
import { clientOf, fakeOf, until, uuid } from './device.js'
import { relayTo } from './relay.js'

const RUNS = Number(process.env['NODE_PVXS_BTRDB_RUNS'] ?? 150)
const SEED = process.env['NODE_PVXS_BTRDB_SEED']

const KINDS = ['read', 'nearest', 'insert', 'iterate', 'leave', 'set', 'update', 'sql', 'subscribe'] as const
const RPCS = ['RawValues', 'Nearest', 'Insert', 'StreamInfo', 'SQLQuery', 'Subscribe'] as const

type Step =
  | { readonly do: (typeof KINDS)[number]; readonly abort: boolean }
  | { readonly do: 'limit'; readonly limit: number }
  | { readonly do: 'cut' | 'abort' | 'turn' | 'close' }
  | { readonly do: 'fault'; readonly rpc: (typeof RPCS)[number]; readonly how: number }

const steps = fc.array(
  fc.oneof<fc.MaybeWeightedArbitrary<Step>[]>(
    { weight: 8, arbitrary: fc.record({ do: fc.constantFrom(...KINDS), abort: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('limit' as const), limit: fc.integer({ min: 1, max: 4 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constantFrom('cut' as const, 'abort' as const, 'turn' as const) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('fault' as const),
        rpc: fc.constantFrom(...RPCS),
        how: fc.integer({ min: 0, max: 3 }),
      }),
    },
  ),
  { minLength: 3, maxLength: 25 },
)

const FAULTS = [{ grpc: 'UNAVAILABLE' }, { code: 426, afterPages: 1 }, { hang: true }, { code: 500 }] as const
const RANGE = { from: 0n, to: 100n }
const POINTS = Array.from({ length: 20 }, (_, i) => [BigInt(i), i] as const)

it(
  `calls, aborts, limits, cuts and close in any of ${RUNS} orders leave nothing`,
  async () => {
    const fake = await fakeOf({ pageSize: 3 })
    const relay = await relayTo(fake)
    const id = uuid()
    const planter = await clientOf(fake)

    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        // Without the faults of the last run.
        fake.clear()
        await (await planter.create(id, 'lab', { name: 'a' })).insert(POINTS)
        const db = await clientOf(relay, { concurrencyLimit: 2, retry: { attempts: 3, min: 1, max: 2 } })
        let stop = new AbortController()
        const work: Promise<PromiseSettledResult<unknown>>[] = []
        for (const step of list) {
          if (step.do === 'limit') db.concurrencyLimit = step.limit
          else if (step.do === 'cut') relay.cut()
          else if (step.do === 'fault') fake.fail(step.rpc, FAULTS[step.how] ?? {})
          else if (step.do === 'turn') await new Promise((resolve) => setImmediate(resolve))
          else if (step.do === 'close') work.push(settledOf(db.close()))
          else if (step.do === 'abort') {
            stop.abort(new Aborted('enough'))
            stop = new AbortController()
          } else if ('abort' in step)
            work.push(settledOf(call(db, id, step.do, step.abort ? stop.signal : undefined)))
        }
        // Those that hang end with the client.
        await new Promise((resolve) => setImmediate(resolve))
        await db.close()
        for (const one of await Promise.all(work)) if (one.status === 'rejected') expectKnown(one.reason)
        expect(db.stats).toMatchObject({ running: 0, waiting: 0 })
        await relay.quiet()
      }),
      { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
    )
    await until(() => fake.running === 0)
  },
  60_000 + RUNS * 200,
)

class Aborted extends Error {}

/** An error that users can tell apart, or what they gave themselves; not one from within. */
function expectKnown(reason: unknown): void {
  if (reason instanceof Aborted) return
  expect(reason).toBeInstanceOf(BTrDBError)
  expect((reason as BTrDBError).code).toMatch(
    /^ERR_BTRDB_(?:CLOSED|UNAVAILABLE|SERVER|PROPERTY_VERSION|NOT_FOUND)$/,
  )
}

/** Looked at at once: it may fail before all are waited for. */
async function settledOf(work: Promise<unknown>): Promise<PromiseSettledResult<unknown>> {
  const [settled] = await Promise.allSettled([work])
  return settled
}

const ALL = Array.from({ length: 20 }, (_, i) => BigInt(i))

async function call(
  db: BTrDB,
  id: string,
  what: (typeof KINDS)[number],
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const stream = db.streamFromUuid(id)
  switch (what) {
    case 'nearest':
      return stream.nearest(5n, { signal })
    case 'insert':
      return stream.insert([[5n, 5]], { signal })
    case 'update':
      return stream.update({ annotations: { a: 1 } }, { signal })
    case 'sql':
      return db.sqlQuery('SELECT uuid FROM streams', [], { signal })
    case 'read': {
      const { time } = await stream.rawValues(RANGE, { signal })
      // Whatever broke on the way: no gap and no repeat.
      expect([...time]).toEqual(ALL)
      return time
    }
    case 'set': {
      const set = await db.streamsetFromUuids([id, id], { signal })
      for (const { time } of await set.rawValues(RANGE, { signal })) expect([...time]).toEqual(ALL)
      return set
    }
    case 'subscribe': {
      for await (const { uuid: from } of db.subscribe([id], { signal })) expect(from).toBe(id)
      return undefined
    }
    default:
      for await (const page of stream.rawValuesIter(RANGE, { signal })) {
        await stream.nearest(page.time[0] ?? 0n, { signal })
        if (what === 'leave') break
      }
      return undefined
  }
}
