import { request } from 'node:http'
import { expect, it } from 'vitest'
import { NTScalar, SharedPV } from 'node-pvxs'
import { bridged, until } from './fixtures.js'

const number = (): SharedPV<never> =>
  SharedPV.mailbox(new NTScalar('float64'), { value: 0 }) as SharedPV<never>

it('a page that takes what it is sent is not ended, however many updates go out in one turn', async () => {
  const [a, b] = [number(), number()]
  const { open, open2, bridge } = await bridged({ a, b }, { rate: 1_000, limits: { stalled: 150 } })
  const [page, page2] = [await open(), await open2()]
  page.subscribe('a', 'b')
  page2.say({
    type: 'subscribe',
    subs: [
      { id: 1, pv: 'a' },
      { id: 2, pv: 'b' },
    ],
  })
  await Promise.all([page.update('b'), page2.record(2)])
  for (let n = 1; n <= 60; n++) {
    a.post({ value: n } as never)
    b.post({ value: n } as never)
    await Promise.all([
      page.update('b', ({ value }) => value === n),
      page2.record(2, ({ value }) => value['value'] === n),
    ])
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(bridge.stats()).toMatchObject({ sockets: 2, refused: 0 })
})

it('a page behind a small buffer gets what is new when there is room', async () => {
  const pv = SharedPV.mailbox(new NTScalar('uint8[]'), { value: [0] })
  const pvs = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`n${i}`, pv as SharedPV<never>]))
  const { open } = await bridged(pvs, { rate: 1_000, arrayRate: 1_000, limits: { buffered: 100 } })
  const page = await open()
  page.subscribe(...Object.keys(pvs))
  for (let n = 1; n <= 20; n++) {
    pv.post(new Uint8Array(100).fill(n))
    const last = Buffer.alloc(3, n).toString('base64')
    for (const name of Object.keys(pvs))
      await page.update(name, ({ b64byt }) => (b64byt as string).startsWith(last))
  }
})

it('an event stream that takes nothing for too long is ended', async () => {
  const image = SharedPV.mailbox(new NTScalar('uint8[]'), { value: [0] })
  const { bridge } = await bridged(
    { image: image as SharedPV<never> },
    { rate: 1_000, arrayRate: 1_000, limits: { buffered: 1_000, stalled: 300 } },
  )
  const sent = request(`${bridge.url}pvws/events?pv=image`, (response) => response.pause())
  sent.on('error', () => undefined) // it is cut
  sent.end()
  await until(() => bridge.metrics().includes('node_pvxs_bridge_event_streams 1'))
  let n = 0
  const posting = setInterval(() => image.post(new Uint8Array(4_000_000).fill(++n)), 10)
  await until(() => bridge.metrics().includes('node_pvxs_bridge_event_streams 0'))
  clearInterval(posting)
  expect(bridge.metrics()).toContain('node_pvxs_bridge_refused_total{reason="stalled"} 1')
})

it('event streams count as sockets, in all and of one address', async () => {
  for (const limits of [{ sockets: 1 }, { socketsPerAddress: 1 }]) {
    const { bridge, open } = await bridged({}, { limits })
    const leaving = new AbortController()
    const stream = await fetch(`${bridge.url}pvws/events?pv=sim://sine`, { signal: leaving.signal })
    expect(stream.status).toBe(200)
    expect((await fetch(`${bridge.url}pvws/events?pv=sim://sine`)).status).toBe(503)
    await expect(open()).rejects.toThrow('503')
    leaving.abort()
    await until(() => bridge.metrics().includes('node_pvxs_bridge_event_streams 0'))
    await open()
  }
})
