// What leaves while something is under way leaves nothing behind.
import { expect, it } from 'vitest'
import { debug, NTScalar, SharedPV } from 'node-pvxs'
import { Bridge } from 'node-pvxs/bridge'
import { loopback } from 'node-pvxs/testing'
import { deferred } from '../unit/fixtures.js'
import { bridged, until } from './fixtures.js'
import { Page } from './page.js'
import { Page2 } from './page2.js'

const number = (): SharedPV<never> =>
  SharedPV.mailbox(new NTScalar('float64'), { value: 1 }) as SharedPV<never>

const subscriptions = (): number => debug.counts()['Subscription'] ?? 0

it('a subscription that outlives its pages ends with the bridge', async () => {
  await using lab = await loopback({ n: number(), m: number() })
  const bridge = await Bridge.start({ ctx: lab.ctx, port: 0 })
  const [page, page2] = [await Page.open(bridge.url), await Page2.open(bridge.url)]
  page.subscribe('n')
  page2.say({ type: 'subscribe', id: 1, pv: 'm' })
  await Promise.all([page.update('n'), page2.record(1)])
  page.socket.close()
  page2.socket.close()
  await until(() => bridge.stats().sockets === 0)
  expect(bridge.stats()).toMatchObject({ subscriptions: 0, pvs: 2 })
  expect(subscriptions()).toBe(2)
  await bridge.close()
  expect(bridge.stats().pvs).toBe(0)
  expect(subscriptions()).toBe(0)
})

it('a bridge that closes while one of its subscriptions ends waits for it', async () => {
  await using lab = await loopback({ n: number() })
  const bridge = await Bridge.start({ ctx: lab.ctx, port: 0 })
  const page = await Page.open(bridge.url)
  page.subscribe('n', 'absent')
  await page.update('n')
  page.say({ type: 'clear', pvs: ['n', 'absent'] })
  await page.settled()
  await Promise.all([bridge.close(), bridge.close()])
  expect(subscriptions()).toBe(0)
})

it('a browser that leaves while the program is asked gets no stream, and leaves no subscription', async () => {
  const [gate, asked] = [deferred<boolean>(), deferred()]
  const { bridge } = await bridged(
    { n: number() },
    {
      authorize: () => {
        asked.resolve()
        return gate.promise
      },
    },
  )
  const leaving = new AbortController()
  const answer = await fetch(`${bridge.url}pvws/events?pv=n&pv=m`, { signal: leaving.signal })
  await asked.promise
  const ended = answer.text().catch((error: unknown) => error)
  leaving.abort()
  await ended
  await until(() => bridge.metrics().includes('node_pvxs_bridge_event_streams 0'))
  gate.resolve(true)
  // What it would go on with is done within a turn of the loop.
  await new Promise((resolve) => setImmediate(resolve))
  expect(bridge.stats()).toMatchObject({ pvs: 0, subscriptions: 0 })
})

it('the same for a reader by HTTP, whose connection is gone when the answer is there', async () => {
  const [gate, asked] = [deferred<boolean>(), deferred()]
  const { bridge } = await bridged(
    { n: number() },
    {
      authorize: () => {
        asked.resolve()
        return gate.promise
      },
    },
  )
  const leaving = new AbortController()
  const answer = fetch(`${bridge.url}api/pv/n`, { signal: leaving.signal }).catch((error: unknown) => error)
  await asked.promise
  leaving.abort()
  await answer
  gate.resolve(true)
  expect((await fetch(`${bridge.url}healthz`)).status).toBe(200)
})
