// A large set whose members come and go: of an IOC, and of p4p. NODE_PVXS_STREAM_SECONDS makes it longer (3).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Context, debug, SharedPV, Server } from 'node-pvxs'
import { ManagedStream, pvSource } from 'node-pvxs/stream'
import { START_MS } from '../interop/env.js'
import { startIoc, type Ioc } from '../interop/ioc.js'
import { Int32, int32, leavesNothing, rejection, until } from '../unit/fixtures.js'

leavesNothing()

const SECONDS = Number(process.env['NODE_PVXS_STREAM_SECONDS'] ?? 3)
const MEMBERS = 1_000

describe('a set of a thousand of which some are swapped every 50 ms', () => {
  it('misses no count of those that stay, and leaves nothing at the server', async () => {
    const names = Array.from({ length: MEMBERS }, (_, n) => `pv:${String(n)}`)
    const pvs = new Map<string, SharedPV>(names.map((name) => [name, int32()]))
    const counter = SharedPV.mailbox(Int32, { value: 0 })
    const server = await Server.start({ isolated: true, pvs: { counter, ...Object.fromEntries(pvs) } })
    const ctx = new Context(server.clientConfig())
    const stream = new ManagedStream(pvSource(ctx, { queueSize: 1_000 }), {
      handler: ({ name, value }) => (name === 'counter' ? Number(value.value) : undefined),
    })
    const half = names.slice(0, MEMBERS / 2)
    await stream.start(['counter', ...half])
    let posted = 0
    const timer = setInterval(() => counter.post(++posted), 2)
    const counts: number[] = []
    const reading = (async () => {
      for await (const batch of stream.batches()) counts.push(...batch)
    })()
    const rounds = SECONDS * 20
    for (let round = 0; round < rounds; round++) {
      const next = Array.from({ length: 20 }, (_, k) => names[(round * 20 + k) % MEMBERS] ?? '')
      const present = new Set((stream.spec ?? []) as string[])
      await stream.update({
        add: next.filter((name) => !present.has(name)),
        remove: next.filter((name) => present.has(name)),
      })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    clearInterval(timer)
    await until(() => counts.at(-1) === posted, 'all counts')
    expect(counts.filter((n, i) => i > 0 && n !== (counts[i - 1] ?? 0) + 1)).toEqual([])
    expect(stream.stats.updates).toBe(rounds)
    const open = new Set(stream.spec as string[])
    await until(
      () => [...pvs].every(([name, pv]) => pv.subscribers === (open.has(name) ? 1 : 0)),
      'subscribers are those of the set',
    )
    await stream.stop()
    await reading
    expect(debug.counts()).toMatchObject({ Subscription: 0 })
    await ctx.close()
    await server.close()
  }, 90_000)
})

describe.each([{ qsrv: 2 }, { qsrv: 1 }] as const)('an IOC with QSRV $qsrv', ({ qsrv }) => {
  let ioc: Ioc
  let ctx: Context

  beforeAll(async () => {
    ioc = await startIoc({ qsrv })
    ctx = new Context(ioc.clientOptions)
  }, START_MS)
  afterAll(async () => {
    await ctx.close()
    await ioc[Symbol.asyncDispose]()
  })

  it('serves a set whose members come, are missing, and go', async () => {
    const stream = new ManagedStream(pvSource(ctx), { handler: ({ name }) => name })
    await stream.start(['t:ai'])
    await stream.update({ add: ['t:ao'] })
    const missing = await rejection(stream.update({ add: ['t:no such record'] }, { timeout: 300 }))
    expect(missing).toMatchObject({ code: 'ERR_STREAM_ROLLBACK', failed: [{ id: 't:no such record' }] })
    await stream.update({ remove: ['t:ai'] })
    expect(stream.spec).toEqual(['t:ao'])
    const seen = new Set<string>()
    for await (const name of stream) if (seen.add(name).size === 2) break
    expect(seen).toEqual(new Set(['t:ai', 't:ao']))
    await stream.stop()
  })
})
