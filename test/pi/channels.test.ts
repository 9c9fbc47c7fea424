import { describe, expect, it, onTestFinished } from 'vitest'
import { piSimulator } from 'node-pvxs/testing'
import { freePort } from '../ports.js'
import { event, FAST, take, valuesOf } from './following.js'
import { client, failureOf, plant } from './plant.js'

describe('a channel', () => {
  it('gives the values at its opening, and then what is posted', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid', '//AFSRV/Plant/Pump1|Flow'])
    const { items, source } = await channel.recv()
    expect(source).toBe('initial')
    expect(items).toMatchObject([
      { ref: 'sinusoid', value: 1.5, units: 'degC', path: '\\\\PISRV\\sinusoid' },
      { ref: '//AFSRV/Plant/Pump1|Flow', value: 3, units: 'm3/h' },
    ])
    sim.post('sinusoid', 2)
    const next = await channel.recv()
    expect(next).toMatchObject({ source: 'live', items: [{ ref: 'sinusoid', value: 2 }] })
    expect(channel).toMatchObject({
      state: 'open',
      sockets: 1,
      refs: ['sinusoid', '//AFSRV/Plant/Pump1|Flow'],
    })
    await channel.close()
    expect(sim.sockets).toBe(0)
    expect(channel.state).toBe('closed')
    expect((await failureOf(channel.recv())).code).toBe('ERR_PI_CHANNEL_CLOSED')
  })

  it('has a stream once, however often it was named', async () => {
    const { pi } = await plant()
    const channel = await pi.channel(['sinusoid', '//PISRV/Sinusoid', 'SINUSOID'])
    expect(channel.refs).toEqual(['sinusoid'])
    expect((await channel.recv()).items).toMatchObject([{ ref: 'sinusoid', value: 1.5 }])
  })

  it('has as many sockets as the URLs need', async () => {
    const points = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`tag${i}`, { value: i }]))
    const { pi, sim } = await plant({ points })
    const channel = await pi.channel(Object.keys(points), { maxUrlBytes: 400 })
    expect(channel.sockets).toBeGreaterThan(3)
    expect(sim.sockets).toBe(channel.sockets)
    const urls = sim.requests.map(({ url }) => url).filter((url) => url.includes('/channel'))
    for (const url of urls) expect(url.length).toBeLessThanOrEqual(400)
    const values = valuesOf(await take(channel, 30)) as number[]
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i))
  })

  it('comes back after a drop and reads from the archive what it missed', async () => {
    const { pi, sim } = await plant()
    const channel = await pi.channel(['sinusoid'], FAST)
    await take(channel, 1)
    const gap = event(channel, 'gap')
    sim.dropSockets()
    for (let i = 0; i < 5; i++) sim.post('sinusoid', 100 + i)
    const missed = await take(channel, 5)
    expect(valuesOf(missed)).toEqual([100, 101, 102, 103, 104])
    expect(await gap).toMatchObject({ refs: ['sinusoid'], filled: 5 })
    sim.post('sinusoid', 200)
    expect(valuesOf(await take(channel, 1))).toEqual([200])
    expect(channel.stats).toMatchObject({ reconnects: 1, backfilled: 5 })
  })

  it('goes on with a server that was started anew in place of the old one', async () => {
    const port = await freePort()
    const first = await piSimulator({ port, points: { sinusoid: { value: 1 } } })
    const channel = await client(first.url).channel(['sinusoid'], FAST)
    expect(valuesOf(await take(channel, 1))).toEqual([1])
    await first.close()
    const second = await piSimulator({ port, points: { sinusoid: { value: 2 } } })
    onTestFinished(() => second.close())
    expect(second.url).toBe(first.url)
    expect(valuesOf(await take(channel, 1))).toEqual([2])
    second.post('sinusoid', 3)
    expect(valuesOf(await take(channel, 1))).toEqual([3])
  })

  it('loses no count and repeats none over 250 posts with drops at any moment', async () => {
    const { pi, sim } = await plant({ points: { count: { type: 'Int32', value: 0 } }, pollInterval: 2 })
    const channel = await pi.channel(['count'], FAST)
    const reading = take(channel, 251)
    for (let i = 1; i <= 250; i++) {
      sim.post('count', i)
      if (Math.random() < 0.1) sim.dropSockets()
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
    }
    expect(valuesOf(await reading)).toEqual(Array.from({ length: 251 }, (_, i) => i))
  })
})
