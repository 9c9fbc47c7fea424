import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ChannelOptions, PiUpdate } from 'node-pvxs/pi'
import type { PiSimulator } from 'node-pvxs/testing'
import { client, failureOf, plant } from './plant.js'
import { FAST, event, take, valuesOf } from './following.js'

/** A wire to the simulator whose WebSockets can go silent without breaking. */
async function wire(sim: PiSimulator): Promise<{ url: string; stall(): void }> {
  const { port } = new URL(sim.url)
  const sockets = new Set<Socket>()
  const all = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.once('data', (data) => data.includes('websocket') && sockets.add(one))
      one.on('error', () => other.destroy())
      all.add(one)
      one.on('close', () => other.destroy())
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of all) socket.destroy()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/piwebapi`,
    stall() {
      for (const socket of sockets) socket.pause().unpipe()
    },
  }
}

describe('an opening', () => {
  it('that is refused rejects with the server’s status and text, and leaves no socket', async () => {
    const points = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`tag${i}`, { value: i }]))
    const { pi, sim } = await plant({ points })
    let left = 2
    sim.intercept(({ path }) =>
      path.endsWith('channel') && left-- === 0
        ? { status: 503, body: { Errors: ['too many channels'] } }
        : undefined,
    )
    const failed = await failureOf(pi.channel(Object.keys(points), { maxUrlBytes: 400 }))
    expect(failed).toMatchObject({ code: 'ERR_PI_HTTP', status: 503, errors: ['too many channels'] })
    await expect.poll(() => sim.sockets).toBe(0)
  })

  it('that takes too long rejects, and leaves no socket', async () => {
    const { pi, sim } = await plant()
    sim.intercept(({ path }) => (path.endsWith('channel') ? new Promise(() => undefined) : undefined))
    const failed = await failureOf(pi.channel(['sinusoid'], { openTimeout: 50 }))
    expect(failed.code).toBe('ERR_PI_TIMEOUT')
    expect(sim.sockets).toBe(0)
  })

  it('for a reference that is not there rejects with its name', async () => {
    const { pi } = await plant()
    const failed = await failureOf(pi.channel(['sinusoid', 'sinusoit']))
    expect(failed).toMatchObject({ code: 'ERR_PI_NOT_FOUND', ref: 'sinusoit' })
  })

  it('that is aborted rejects with the reason', async () => {
    const { pi, sim } = await plant()
    const reason = new Error('enough')
    const abort = new AbortController()
    sim.intercept(({ path }) => {
      if (path.endsWith('channel')) abort.abort(reason)
      return undefined
    })
    expect(await failureOf(pi.channel(['sinusoid'], { signal: abort.signal }))).toBe(reason)
    await expect.poll(() => sim.sockets).toBe(0)
  })

  it.each([
    ['an empty list', [], {}],
    ['a list that is none', 'sinusoid', {}],
    ['a parent that is a tag', { parent: 'sinusoid' }, {}],
    ['an unknown filter', { parent: '//AFSRV/Plant/Pump1', nameFiltr: 'x' }, {}],
    ['an unknown option', ['sinusoid'], { heartbeat: 1 }],
    ['a queue of nothing', ['sinusoid'], { maxQueue: 0 }],
    ['a tag that is not to be looked up', ['sinusoid'], { resolve: false }],
  ])('for %s is refused, and nothing is sent', async (_, spec, options) => {
    const { pi, sim } = await plant()
    expect((await failureOf(pi.channel(spec as never, options as ChannelOptions))).code).toBe(
      'ERR_PI_ARGUMENT',
    )
    expect(sim.requests).toEqual([])
  })
})

describe('a connection', () => {
  it('that goes silent is found out by pings', async () => {
    const { sim } = await plant()
    const far = await wire(sim)
    const channel = await client(far.url).channel(['sinusoid'], {
      ...FAST,
      pingInterval: 20,
      pingTimeout: 20,
    })
    await take(channel, 1)
    const lost = event(channel, 'disconnected')
    far.stall()
    sim.post('sinusoid', 7)
    expect((await lost).reason).toMatch(/ping/)
    expect(valuesOf(await take(channel, 1))).toEqual([7])
  })

  it('that misses its heartbeats is dropped', async () => {
    const { sim } = await plant()
    const far = await wire(sim)
    const channel = await client(far.url).channel(['sinusoid'], { ...FAST, deadAfter: 100 })
    await take(channel, 1)
    const lost = event(channel, 'disconnected')
    await expect.poll(() => channel.stats.heartbeats).toBeGreaterThan(3)
    far.stall()
    expect((await lost).reason).toMatch(/no message within 100 ms/)
    sim.post('sinusoid', 7)
    expect(valuesOf(await take(channel, 1))).toEqual([7])
  })

  it('that does not come back ends the channel with what the last try ended with', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'], { reconnect: { min: 1, giveUpAfter: 50 } })
    await sim.stop()
    await take(channel, 1)
    const failed = await failureOf(channel.recv())
    expect(failed).toMatchObject({
      code: 'ERR_PI_CHANNEL_CLOSED',
      cause: { code: 'ERR_PI_CHANNEL_DEAD', cause: { code: 'ERR_PI_NETWORK' } },
    })
    expect(channel.state).toBe('failed')
    await channel.close()
  })

  it('that breaks ends a channel that is not to come back', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'], { reconnect: false })
    sim.dropSockets()
    const items: unknown[] = []
    const reading = (async () => {
      for await (const message of channel) items.push(...message.items)
    })()
    expect((await failureOf(reading)).code).toBe('ERR_PI_CHANNEL_CLOSED')
    expect(items).toHaveLength(1)
  })

  it('that breaks before its first value leaves a gap from the opening', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'], { ...FAST, includeInitialValues: false })
    const gap = event(channel, 'gap')
    sim.dropSockets()
    sim.post('sinusoid', 7)
    expect(valuesOf(await take(channel, 1))).toEqual([7])
    const { from, to, filled } = await gap
    expect(filled).toBe(1)
    expect(from).toBeLessThanOrEqual(to)
  })

  it('that breaks is told of, and not filled where that is not wanted', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'], { ...FAST, backfill: false, includeInitialValues: false })
    const gap = event(channel, 'gap')
    sim.dropSockets()
    sim.post('sinusoid', 7)
    expect(await gap).toMatchObject({ filled: 0 })
    sim.post('sinusoid', 8)
    expect(valuesOf(await take(channel, 1))).toEqual([8])
  })

  it('goes on when the archive cannot be read', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'], { ...FAST, includeInitialValues: false })
    sim.intercept(({ path }) =>
      path.endsWith('recorded') ? { status: 400, body: { Errors: ['no'] } } : undefined,
    )
    const gap = event(channel, 'gap')
    sim.dropSockets()
    expect(await gap).toMatchObject({ filled: null })
    sim.post('sinusoid', 8)
    expect(valuesOf(await take(channel, 1))).toEqual([8])
  })

  it('gives values of one time that differ, each once', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'], FAST)
    await take(channel, 1)
    const time = BigInt(Date.now()) * 1_000_000n + 1_000_000_000n
    sim.post('sinusoid', 1, { time })
    await take(channel, 1)
    sim.dropSockets()
    sim.post('sinusoid', 2, { time })
    sim.post('sinusoid', 3, { time })
    expect(valuesOf(await take(channel, 2))).toEqual([2, 3])
    sim.post('sinusoid', 4)
    expect(valuesOf(await take(channel, 1))).toEqual([4])
  })

  it('finds a point that was made anew meanwhile', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'], FAST)
    await take(channel, 1)
    const { WebId: webId } = await pi.points.getByPath({ path: '\\\\PISRV\\sinusoid' })
    await pi.points.delete({ webId })
    sim.addPoint('sinusoid', { value: 70 })
    sim.dropSockets()
    expect(valuesOf(await take(channel, 1))).toEqual([70])
  })
})

describe('a message', () => {
  it.each([
    ['is not JSON', 'rubbish'],
    ['is not a document', '5'],
    ['has Items of a wrong kind', '{"Items":5}'],
    ['has no item', '{"Items":[null]}'],
    ['has a stream whose Items are of a wrong kind', 'STREAM5'],
    ['has a value that is none', 'STREAM[null]'],
    ['is cut off', '{"Items":['],
  ])('that %s is counted and told once, and the channel goes on', async (_, frame) => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'], FAST)
    const [first] = (await channel.recv()).items as [PiUpdate]
    const bad = event(channel, 'bad')
    const text = frame.replace(/^STREAM(.*)$/, `{"Items":[{"WebId":"${first.webId}","Items":$1}]}`)
    sim.sendFrame(text)
    sim.sendFrame(text)
    sim.post('sinusoid', 7)
    expect(valuesOf(await take(channel, 1))).toEqual([7])
    expect(channel.stats).toMatchObject({ bad: 2, reconnects: 0 })
    expect((await bad).reason).not.toBe('')
    expect(channel.state).toBe('open')
  })

  it('in bytes is text, and an empty one is a heartbeat', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'], FAST)
    const [{ webId }] = (await channel.recv()).items as [PiUpdate]
    const timed = { Timestamp: '2026-01-01T00:00:00Z', Value: 9, Good: true }
    sim.sendFrame('')
    sim.sendFrame('{"Items":[]}')
    sim.sendFrame(Buffer.from(JSON.stringify({ Items: [{ WebId: webId, Value: timed }] })))
    expect(valuesOf(await take(channel, 1))).toEqual([9])
    expect(channel.stats).toMatchObject({ heartbeats: 2, bad: 0 })
  })
})
