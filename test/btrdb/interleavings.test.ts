// Whatever happens in whatever order: every call settles, and nothing is left.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { BTrDB } from 'node-pvxs/btrdb'
import { clientOf, fakeOf, until, uuid } from './device.js'

type Step =
  | { readonly do: 'read' | 'nearest' | 'insert' | 'iterate' | 'leave'; readonly abort: boolean }
  | { readonly do: 'limit'; readonly limit: number }
  | { readonly do: 'drop' | 'abort' | 'turn' }
  | { readonly do: 'fault'; readonly rpc: 'RawValues' | 'Nearest' | 'Insert'; readonly how: number }

const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      do: fc.constantFrom('read', 'nearest', 'insert', 'iterate', 'leave'),
      abort: fc.boolean(),
    }),
    fc.record({ do: fc.constant('limit' as const), limit: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constantFrom('drop' as const, 'abort' as const, 'turn' as const) }),
    fc.record({
      do: fc.constant('fault' as const),
      rpc: fc.constantFrom('RawValues' as const, 'Nearest' as const, 'Insert' as const),
      how: fc.integer({ min: 0, max: 3 }),
    }),
  ),
  { minLength: 3, maxLength: 25 },
)

const FAULTS = [{ grpc: 'UNAVAILABLE' }, { code: 426, afterPages: 1 }, { hang: true }, { code: 500 }] as const
const RANGE = { from: 0n, to: 100n }

it('calls, aborts, limits, cuts and close in any order leave nothing', async () => {
  const fake = await fakeOf({ pageSize: 3 })
  const id = uuid()
  const first = await clientOf(fake)
  const stream = await first.create(id, 'lab', { name: 'a' })
  await stream.insert(Array.from({ length: 20 }, (_, i) => [BigInt(i), i] as const))

  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const db = await clientOf(fake, { concurrencyLimit: 2, retry: { attempts: 3, min: 1, max: 2 } })
      let stop = new AbortController()
      const work: Promise<PromiseSettledResult<unknown>>[] = []
      for (const step of list) {
        if (step.do === 'limit') db.concurrencyLimit = step.limit
        else if (step.do === 'drop') fake.drop()
        else if (step.do === 'fault') fake.fail(step.rpc, FAULTS[step.how] ?? {})
        else if (step.do === 'turn') await new Promise((resolve) => setImmediate(resolve))
        else if (step.do === 'abort') {
          stop.abort(new Error('enough'))
          stop = new AbortController()
        } else if ('abort' in step)
          work.push(settledOf(call(db, id, step.do, step.abort ? stop.signal : undefined)))
      }
      // Those that hang end with the client.
      await new Promise((resolve) => setImmediate(resolve))
      await db.close()
      const settled = await Promise.all(work)
      expect(settled).toHaveLength(work.length)
      for (const one of settled) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(Error)
      expect(db.stats).toMatchObject({ running: 0, waiting: 0 })
    }),
    { numRuns: 150 },
  )
  fake.drop()
  await until(() => fake.running === 0)
})

/** Looked at at once: it may fail before all are waited for. */
async function settledOf(work: Promise<unknown>): Promise<PromiseSettledResult<unknown>> {
  const [settled] = await Promise.allSettled([work])
  return settled
}

async function call(db: BTrDB, id: string, what: string, signal: AbortSignal | undefined): Promise<unknown> {
  const stream = db.streamFromUuid(id)
  if (what === 'nearest') return stream.nearest(5n, { signal })
  if (what === 'insert') return stream.insert([[5n, 5]], { signal })
  if (what === 'read') {
    const { time } = await stream.rawValues(RANGE, { signal })
    // Whatever broke on the way: no gap and no repeat.
    expect([...time]).toEqual(Array.from({ length: 20 }, (_, i) => BigInt(i)))
    return time
  }
  for await (const page of stream.rawValuesIter(RANGE, { signal })) {
    await stream.nearest(page.time[0] ?? 0n, { signal })
    if (what === 'leave') break
  }
  return undefined
}
