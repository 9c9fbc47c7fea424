import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { NTScalar, SharedPV } from 'node-pvxs'
import { Bridge } from 'node-pvxs/bridge'
import { alone } from '../unit/fixtures.js'
import { bridged, until } from './fixtures.js'
import { Page, refusal } from './page.js'

const n = (): SharedPV<never> => SharedPV.mailbox(new NTScalar('int32'), { value: 1 }) as SharedPV<never>

it('refuses one socket more than it takes, in all and of one address', async () => {
  for (const limits of [{ sockets: 1 }, { socketsPerAddress: 1 }]) {
    const { bridge, open } = await bridged({}, { limits })
    const page = await open()
    expect(await refusal(bridge.url)).toEqual({ status: 503, code: 'ERR_BRIDGE_LIMIT' })
    page.socket.close()
    await until(() => bridge.stats().sockets === 0)
    await using next = await Page.open(bridge.url)
    expect(next.socket.readyState).toBe(1)
  }
})

it('refuses a PV more than a socket or the bridge takes; the others work', async () => {
  const { open } = await bridged({ a: n(), b: n(), c: n() }, { limits: { subscriptions: 2, pvs: 3 } })
  const page = await open()
  page.subscribe('a', 'b', 'c')
  expect(await page.error('c')).toHaveProperty('code', 'ERR_BRIDGE_LIMIT')
  await page.update('b')
  const other = await open()
  other.subscribe('c', 'd')
  expect(await other.error('d')).toHaveProperty('code', 'ERR_BRIDGE_LIMIT')
  await other.update('c')
})

it('ends a socket that speaks too fast, too much at once, or not in UTF-8, and says why', async () => {
  const { open } = await bridged({}, { limits: { messages: 10, message: 1_000 } })
  const closed = async (page: Page): Promise<unknown> => ((await once(page.socket, 'close')) as unknown[])[0]
  const fast = await open()
  const fastClosed = closed(fast)
  for (let i = 0; i < 50; i++) fast.say({ type: 'list' })
  expect(await fastClosed).toBe(1008)
  expect(await fast.error()).toHaveProperty('code', 'ERR_BRIDGE_RATE')
  const large = await open()
  const largeClosed = closed(large)
  large.say('x'.repeat(1_001))
  expect(await largeClosed).toBe(1009)
  const garbled = await open()
  const garbledClosed = closed(garbled)
  garbled.socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
  expect(await garbledClosed).toBe(1007)
})

it('refuses writes beyond those that may be under way', async () => {
  const hanging = new SharedPV({
    type: new NTScalar('int32'),
    initial: { value: 0 },
    onPut: () => new Promise<void>(() => undefined),
  })
  const { open } = await bridged({ h: hanging as SharedPV<never> }, { write: ['*'], limits: { pending: 2 } })
  const page = await open()
  for (let i = 0; i < 3; i++) page.say({ type: 'write', pv: 'h', value: i })
  expect(await page.error('h')).toHaveProperty('code', 'ERR_BRIDGE_LIMIT')
})

it('mounts in an HTTP server, leaves what is not its own, and two in one process share nothing', async () => {
  const { lab } = await bridged({ n: n() })
  await using a = new Bridge({ ctx: lab.ctx, path: '/a' })
  await using b = new Bridge({ ctx: lab.ctx, path: '/b' })
  const server = createServer((req, res) => {
    if (!a.handle(req, res) && !b.handle(req, res)) res.end('mine')
  })
  server.on('upgrade', (req, socket, head) => {
    if (!a.upgrade(req, socket, head) && !b.upgrade(req, socket, head)) socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const path of ['/else', '/', '/page.js']) expect(await (await fetch(url + path)).text()).toBe('mine')
  expect(await (await fetch(`${url}/b/info`)).json()).toHaveProperty('versions')
  await expect(Page.open(`${url}/`)).rejects.toThrow()
  expect([a.stats().sockets, b.stats().sockets]).toEqual([0, 0])
  server.closeAllConnections()
  server.close()
})

it('closes its sockets with 1001, answers 503 meanwhile, and leaves nothing', async () => {
  const bridge = await Bridge.start({ port: 0 })
  const page = await Page.open(bridge.url)
  page.subscribe('sim://sine', 'loc://y')
  await page.update('sim://sine')
  const closed = once(page.socket, 'close')
  await Promise.all([bridge.close(), bridge.close()])
  expect((await closed)[0]).toBe(1001)
  await expect(fetch(bridge.url)).rejects.toThrow()
})

it('cuts a socket that never answers the close', async () => {
  const bridge = await Bridge.start({ port: 0 })
  const page = await Page.open(bridge.url)
  page.socket.pause()
  const begin = performance.now()
  await bridge.close()
  expect(performance.now() - begin).toBeLessThan(10_000)
  page.socket.terminate()
})

it('a Context that was given stays open', async () => {
  await using ctx = alone()
  const bridge = await Bridge.start({ ctx, port: 0 })
  await bridge.close()
  expect(ctx.closed).toBe(false)
})
