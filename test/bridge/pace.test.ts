import { expect, it } from 'vitest'
import { alarm, NTScalar, SharedPV } from 'node-pvxs'
import { bridged, until } from './fixtures.js'

const Number64 = new NTScalar('float64')

it('sends the first value at once, then at most so many, always the newest, and the last of a burst', async () => {
  const pv = SharedPV.mailbox(Number64, { value: 0 })
  const { open, bridge } = await bridged({ n: pv as SharedPV<never> }, { rate: 5 })
  const page = await open()
  page.subscribe('n')
  await page.update('n')
  for (let n = 1; n <= 200; n++) {
    pv.post(n)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const begin = performance.now()
  await page.update('n', ({ value }) => value === 200)
  expect(performance.now() - begin).toBeLessThan(2_000)
  expect(page.updates('n').length).toBeLessThan(20)
  expect(bridge.stats().merged).toBeGreaterThan(50)
})

it('a change of severity does not wait for its turn', async () => {
  const pv = SharedPV.mailbox(Number64, { value: 0 })
  const { open } = await bridged({ n: pv as SharedPV<never> }, { rate: 0.05 })
  const page = await open()
  page.subscribe('n')
  await page.update('n')
  pv.post({ value: 1, alarm: alarm('MAJOR') })
  expect(await page.update('n', ({ severity }) => severity === 'MAJOR')).toHaveProperty('value', 1)
})

it('arrays have a rate of their own', async () => {
  const array = SharedPV.mailbox(new NTScalar('float64[]'), { value: [0] })
  const scalar = SharedPV.mailbox(Number64, { value: 0 })
  const { open } = await bridged(
    { array: array as SharedPV<never>, scalar: scalar as SharedPV<never> },
    { rate: 1000, arrayRate: 0.05 },
  )
  const page = await open()
  page.subscribe('array', 'scalar')
  await page.update('array')
  for (let n = 1; n <= 20; n++) {
    array.post([n])
    scalar.post(n)
    await page.update('scalar', ({ value }) => value === n)
  }
  await page.settled()
  expect(page.updates('array')).toHaveLength(1)
})

it('a page that does not read holds little, and gets the newest value when it reads; others never notice', async () => {
  const image = SharedPV.mailbox(new NTScalar('uint8[]'), { value: [0] })
  const { open, bridge } = await bridged(
    { image: image as SharedPV<never> },
    { rate: 1000, arrayRate: 1000, limits: { buffered: 100_000 } },
  )
  const [stopped, reading] = [await open(), await open()]
  stopped.subscribe('image')
  reading.subscribe('image')
  await Promise.all([stopped.update('image'), reading.update('image')])
  stopped.socket.pause()
  for (let n = 1; n <= 100; n++) {
    image.post(new Uint8Array(1_000_000).fill(n))
    const last = Buffer.alloc(3, n).toString('base64')
    await reading.update('image', ({ b64byt }) => (b64byt as string).startsWith(last))
    reading.heard.length = 0
    reading.texts.length = 0
  }
  expect(bridge.metrics()).toContain('node_pvxs_bridge_slow_sockets 1')
  stopped.socket.resume()
  const last = Buffer.alloc(3, 100).toString('base64')
  await stopped.update('image', ({ b64byt }) => (b64byt as string).startsWith(last))
  // The kernel takes a few images of the hundred, and one may wait here.
  expect(stopped.updates('image').length).toBeLessThan(50)
})

it('a page that takes nothing for too long is ended', async () => {
  const image = SharedPV.mailbox(new NTScalar('uint8[]'), { value: [0] })
  const { open, bridge } = await bridged(
    { image: image as SharedPV<never> },
    { rate: 1000, arrayRate: 1000, limits: { buffered: 1_000, stalled: 300 } },
  )
  const page = await open()
  page.subscribe('image')
  await page.update('image')
  page.socket.pause()
  let n = 0
  const posting = setInterval(() => image.post(new Uint8Array(4_000_000).fill(++n)), 10)
  await until(() => bridge.stats().sockets === 0)
  clearInterval(posting)
  expect(bridge.metrics()).toContain('node_pvxs_bridge_refused_total{reason="stalled"} 1')
})
