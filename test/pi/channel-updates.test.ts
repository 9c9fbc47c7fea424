import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Channel, PiUpdate } from 'node-pvxs/pi'
import { event, FAST, take, valuesOf } from './following.js'
import { failureOf, plant } from './plant.js'

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `tag${i}`)
const pointsOf = (all: readonly string[]): Record<string, { value: number; type: 'Int32' }> =>
  Object.fromEntries(all.map((name) => [name, { value: 0, type: 'Int32' }]))

/** The values of the stream `count` as they come. */
async function collect(channel: Channel, counts: unknown[]): Promise<void> {
  for await (const { items } of channel)
    for (const { ref, value } of items) if (ref === 'count') counts.push(value)
}

const countsTo = (count: number): number[] => Array.from({ length: count + 1 }, (_, i) => i)

describe('an update of a channel', () => {
  it('adds and removes, and tells so', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'])
    await take(channel, 1)
    const updated = event(channel, 'updated')
    await channel.update({ add: ['mode'], remove: ['sinusoid'] })
    expect(await updated).toEqual({ type: 'updated', added: ['mode'], removed: ['sinusoid'] })
    expect(channel.refs).toEqual(['mode'])
    sim.post('sinusoid', 2)
    sim.post('mode', 'Off')
    const updates = await take(channel, 2)
    expect(updates.map(({ ref, value }) => `${ref} ${String(value)}`)).toEqual(['mode On', 'mode Off'])
    expect(channel.sockets).toBe(1)
  })

  it('takes a whole list, and an element in its place', async () => {
    const { pi } = await plant()
    const channel = await pi.channel(['sinusoid', 'mode'])
    await take(channel, 2)
    await channel.update(['mode', '//AFSRV/Plant/Pump1|Flow'])
    expect(valuesOf(await take(channel, 1))).toEqual([3])
    await channel.update({ parent: '//AFSRV/Plant/Pump1' })
    expect(channel.refs).toEqual(['\\\\AFSRV\\Plant\\Pump1|Flow'])
    expect(channel.state).toBe('open')
  })

  it('that the server refuses leaves all as it was', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'])
    await take(channel, 1)
    sim.intercept(({ path }) =>
      path.endsWith('channel') ? { status: 429, body: { Errors: ['enough'] } } : undefined,
    )
    const failed = await failureOf(channel.update({ add: ['mode'] }))
    expect(failed).toMatchObject({
      code: 'ERR_PI_CHANNEL_ROLLBACK',
      status: 429,
      errors: ['enough'],
      cause: { code: 'ERR_PI_HTTP', status: 429 },
    })
    expect(channel).toMatchObject({ state: 'open', refs: ['sinusoid'], sockets: 1 })
    sim.post('sinusoid', 2)
    expect(valuesOf(await take(channel, 1))).toEqual([2])
  })

  it('that fails ends the channel when it is not to go on', async () => {
    const { pi } = await plant()
    const channel = await pi.channel(['sinusoid'])
    await take(channel, 1)
    const failed = await failureOf(channel.update({ add: ['nothing'] }, { rollback: false }))
    expect(failed).toMatchObject({ code: 'ERR_PI_CHANNEL_UPDATE', cause: { code: 'ERR_PI_NOT_FOUND' } })
    expect(channel.state).toBe('failed')
    expect(await failureOf(channel.recv())).toMatchObject({ code: 'ERR_PI_CHANNEL_CLOSED', cause: failed })
  })

  it('that is late, or aborted, leaves all as it was', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'])
    sim.intercept(({ path }) => (path.endsWith('channel') ? new Promise(() => undefined) : undefined))
    const late = await failureOf(channel.update({ add: ['mode'] }, { timeout: 50 }))
    expect(late).toMatchObject({ code: 'ERR_PI_CHANNEL_ROLLBACK', cause: { code: 'ERR_PI_TIMEOUT' } })
    const reason = new Error('enough')
    const abort = new AbortController()
    const aborted = failureOf(channel.update({ add: ['mode'] }, { signal: abort.signal }))
    const second = await failureOf(channel.update({ add: ['mode'] }))
    expect(second).toMatchObject({ code: 'ERR_PI_CHANNEL_UPDATE', message: /one update at a time/ })
    abort.abort(reason)
    expect(await aborted).toBe(reason)
    expect(channel).toMatchObject({ state: 'open', refs: ['sinusoid'] })
  })

  it('is ended by a close', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'])
    sim.intercept(({ path }) => (path.endsWith('channel') ? new Promise(() => undefined) : undefined))
    const updating = failureOf(channel.update({ add: ['mode'] }))
    await channel.close()
    expect((await updating).code).toBe('ERR_PI_CHANNEL_CLOSED')
    expect(channel.state).toBe('closed')
    await expect.poll(() => sim.sockets).toBe(0)
  })

  it('never disturbs a member that stays, also when its socket is replaced', async () => {
    const all = names(20)
    const { pi, sim } = await plant({ points: { count: { value: 0, type: 'Int32' }, ...pointsOf(all) } })
    const channel = await pi.channel(['count', ...all.slice(0, 5)], { ...FAST, maxUrlBytes: 260 })
    const counts: unknown[] = []
    const collected = collect(channel, counts)
    let count = 0
    const timer = setInterval(() => sim.post('count', ++count), 4)
    for (let turn = 0; turn < 15; turn++) {
      const from = (turn * 7) % 15
      await channel.update(['count', ...all.slice(from, from + 1 + (turn % 5))])
    }
    clearInterval(timer)
    sim.post('count', ++count)
    await expect.poll(() => counts.at(-1)).toBe(count)
    await channel.close()
    await collected
    expect(counts).toEqual(countsTo(count))
  })
})

describe('a channel and its reader', () => {
  it('that is slow keeps what waits within bounds, and loses nothing', async () => {
    const { pi, sim } = await plant({ pollInterval: 1 })
    const channel = await pi.channel(['sinusoid'], {
      maxQueue: 4,
      includeInitialValues: false,
      pingInterval: 5,
      pingTimeout: 5,
    })
    for (let i = 0; i < 300; i++) {
      sim.post('sinusoid', i)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(channel.stats.messages).toBeLessThanOrEqual(4)
    expect(valuesOf(await take(channel, 300))).toEqual(countsTo(299))
    expect(channel.stats.reconnects).toBe(0)
  })

  it('is one at a time, and an abort loses nothing', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'], { includeInitialValues: false })
    const abort = new AbortController()
    const first = failureOf(channel.recv({ signal: abort.signal }))
    expect((await failureOf(channel.recv())).code).toBe('ERR_PI_ARGUMENT')
    const reason = new Error('enough')
    abort.abort(reason)
    expect(await first).toBe(reason)
    sim.post('sinusoid', 2)
    expect(valuesOf(await take(channel, 1))).toEqual([2])
  })

  it('gets what waits after a close, and then the end', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'])
    sim.post('sinusoid', 2)
    await expect.poll(() => channel.stats.messages).toBe(2)
    await channel.close()
    const values: unknown[] = []
    for await (const { items } of channel) values.push(...valuesOf(items))
    expect(values).toEqual([1.5, 2])
  })

  it('watches value by value, and leaves no socket when the loop is left', async () => {
    const { pi, sim } = await plant()
    const seen: PiUpdate[] = []
    for await (const update of pi.watch(['sinusoid', 'mode'])) {
      seen.push(update)
      if (seen.length === 2) sim.post('sinusoid', 2)
      if (seen.length === 3) break
    }
    expect(seen.map(({ ref }) => ref)).toEqual(['sinusoid', 'mode', 'sinusoid'])
    await expect.poll(() => sim.sockets).toBe(0)
    expect(() => pi.watch(['sinusoid'], { maxQueue: 0 })).toThrow(/maxQueue/)
  })

  it('may be closed with its client', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'])
    await pi.close()
    expect(channel.state).toBe('closed')
    await expect.poll(() => sim.sockets).toBe(0)
    expect((await failureOf(pi.channel(['sinusoid']))).code).toBe('ERR_PI_CLOSED')
  })

  it('takes WebIDs of any form without a look-up', async () => {
    const { pi, sim } = await plant()
    const { WebId: full } = await pi.points.getByPath({ path: '\\\\PISRV\\sinusoid' })
    const { WebId: path } = await pi.points.getByPath({ path: '\\\\PISRV\\mode', webIdType: 'PathOnly' })
    const before = sim.requests.length
    const channel = await pi.channel([{ webId: full }, { webId: path }], { resolve: false })
    const updates = await take(channel, 2)
    expect(updates.map(({ ref, name }) => [ref, name])).toEqual([
      [full, 'sinusoid'],
      [path, 'mode'],
    ])
    expect(sim.requests.length).toBe(before + 1)
  })
})

it('any order of posts, drops, updates and outages gives every count once, in order', async () => {
  const all = names(6)
  const step = fc.oneof(
    fc.constant('post'),
    fc.constant('post'),
    fc.constant('drop'),
    fc.constant('outage'),
    fc.constant('pause'),
    fc.subarray(all),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const { pi, sim } = await plant({
        points: { count: { value: 0, type: 'Int32' }, ...pointsOf(all) },
        pollInterval: 2,
      })
      const channel = await pi.channel(['count'], { ...FAST, maxUrlBytes: 260 })
      const counts: unknown[] = []
      const collected = collect(channel, counts)
      let count = 0
      for (const one of steps) {
        if (one === 'post') sim.post('count', ++count)
        else if (one === 'drop') sim.dropSockets()
        else if (one === 'pause') await new Promise((resolve) => setTimeout(resolve, 3))
        else if (one === 'outage') {
          await sim.stop()
          sim.post('count', ++count)
          await sim.start()
        } else
          await channel.update(['count', ...one]).catch((error: unknown) => {
            expect((error as { code: string }).code).toBe('ERR_PI_CHANNEL_ROLLBACK') // dropped meanwhile
          })
      }
      sim.post('count', ++count)
      await expect.poll(() => counts.at(-1), { timeout: 10_000 }).toBe(count)
      await channel.close()
      await collected
      expect(counts).toEqual(countsTo(count))
      await pi.close()
      await sim.close()
    }),
    { numRuns: 12 },
  )
}, 60_000)
