// A large set whose members come and go: of an IOC, and of p4p. NODE_PVXS_STREAM_SECONDS makes it longer (3).
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Context, debug, SharedPV, Server } from 'node-pvxs'
import { ManagedStream, pvSource, type PvSpec, type PvUpdate } from 'node-pvxs/stream'
import { cleanEnv, START_MS } from '../interop/env.js'
import { clientOf, simpleSpec } from '../interop/exchanges.js'
import { startIoc, type Ioc } from '../interop/ioc.js'
import { Peer } from '../interop/peer.js'
import { Int32, int32, leavesNothing, rejection, until } from '../unit/fixtures.js'

leavesNothing()

const SECONDS = Number(process.env['NODE_PVXS_STREAM_SECONDS'] ?? 3)
const MEMBERS = 1_000

/** Takes in and closes twenty of the names every 50 ms; gives how often. */
async function swap(
  stream: ManagedStream<PvSpec, PvUpdate, number>,
  names: readonly string[],
): Promise<number> {
  const rounds = SECONDS * 20
  for (let round = 0; round < rounds; round++) {
    const next = Array.from({ length: 20 }, (_, k) => names[(round * 20 + k) % names.length] ?? '')
    const present = new Set((stream.spec ?? []) as string[])
    await stream.update({
      add: next.filter((name) => !present.has(name)),
      remove: next.filter((name) => present.has(name)),
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return rounds
}

/** The counts that do not follow the one before. */
const gaps = (counts: readonly number[]): number[] =>
  counts.filter((n, i) => i > 0 && n !== (counts[i - 1] ?? 0) + 1)

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
    const rounds = await swap(stream, names)
    clearInterval(timer)
    await until(() => counts.at(-1) === posted, 'all counts')
    expect(gaps(counts)).toEqual([])
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

describe('an IOC with a thousand more records', () => {
  let folder: string
  let ioc: Ioc
  let ctx: Context

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'records-'))
    const database = join(folder, 'more.db')
    const names = Array.from({ length: MEMBERS }, (_, n) => `more:${n}`)
    const records = [...names, 'kept'].map(
      (name) => `record(longout, "$(P)${name}") { field(VAL, "0") field(PINI, "YES") }`,
    )
    await writeFile(database, records.join('\n'))
    ioc = await startIoc({ database })
    ctx = new Context(ioc.clientOptions)
  }, START_MS)
  afterAll(async () => {
    await ctx.close()
    await ioc[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  it('loses and repeats no count of a record that stays while others are swapped', async () => {
    const names = Array.from({ length: MEMBERS }, (_, n) => `t:more:${n}`)
    const stream = new ManagedStream(pvSource(ctx, { queueSize: 1_000 }), {
      handler: ({ name, value }) => (name === 't:kept' ? Number(value.value) : undefined),
    })
    await stream.start(['t:kept', ...names.slice(0, MEMBERS / 2)])
    const counts: number[] = []
    const reading = (async () => {
      for await (const batch of stream.batches()) counts.push(...batch)
    })()
    const over = new AbortController()
    let put = 0
    // One after the other, at 500 Hz where the machine allows: an IOC may make one event of puts that overtake it.
    const putting = (async () => {
      await using writer = new Context(ioc.clientOptions)
      while (!over.signal.aborted) {
        await Promise.all([
          writer.put('t:kept', { value: put + 1 }),
          new Promise((resolve) => setTimeout(resolve, 2)),
        ])
        put++
      }
    })()
    const rounds = await swap(stream, names)
    over.abort()
    await putting
    await until(() => counts.at(-1) === put, 'all counts')
    expect(gaps(counts)).toEqual([])
    expect(counts.length).toBe(put + 1)
    expect(stream.stats.updates).toBe(rounds)
    await stream.stop()
    await reading
  }, 90_000)
})

describe('p4p', () => {
  it(
    'serves a set whose members come, are missing, and go',
    async () => {
      await using peer = await Peer.python('p4p_server.py', cleanEnv())
      for (const pv of ['a', 'b']) await peer.call('open', { pv, spec: simpleSpec, value: { value: 1 } })
      await using ctx = clientOf({ peer, port: await peer.call<number>('port') })
      const stream = new ManagedStream(pvSource(ctx), {
        handler: ({ name, value }) => `${name} ${String(value['value'])}`,
      })
      await stream.start(['a'])
      await stream.update({ add: ['b'] })
      const missing = await rejection(stream.update({ add: ['c'] }, { timeout: 300 }))
      expect(missing).toMatchObject({ code: 'ERR_STREAM_ROLLBACK', failed: [{ id: 'c' }] })
      const seen: string[] = []
      const reading = (async () => {
        for await (const item of stream) seen.push(item)
      })()
      await until(() => seen.length === 2, 'the first values')
      for (let value = 2; value <= 20; value++) {
        await peer.call('post', { pv: 'a', value: { value } })
        await until(() => seen.at(-1) === `a ${value}`, `count ${value}`)
      }
      await stream.update({ remove: ['a'] })
      expect(seen.filter((item) => item.startsWith('a'))).toEqual(
        Array.from({ length: 20 }, (_, n) => `a ${n + 1}`),
      )
      await stream.stop()
      await reading
      // A channel outlives its monitor; the Context takes it along.
      await ctx.close()
      for (const name of ['a', 'b']) await peer.event(({ event, pv }) => event === 'last' && pv === name)
    },
    START_MS,
  )
})
