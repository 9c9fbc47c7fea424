// Whatever pages and servers do, and in whatever order: at the end nothing is left.
//
// The long form: NODE_PVXS_BRIDGE_EVENTS=10000.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Context, NTScalar, Server, SharedPV } from 'node-pvxs'
import { Bridge } from 'node-pvxs/bridge'
import { freePort } from '../ports.js'
import { leavesNothing } from '../unit/fixtures.js'
import { until } from './fixtures.js'
import { Page } from './page.js'
import { Page2 } from './page2.js'

leavesNothing()

const EVENTS = Number(process.env['NODE_PVXS_BRIDGE_EVENTS'] ?? 300)
const PVS = ['a', 'b', 'c', 'not there']

type Word = 'subscribe' | 'clear' | 'write' | 'get'

type Event =
  | { readonly kind: 'open'; readonly version: 1 | 2 }
  | { readonly kind: 'leave'; readonly cut: boolean; readonly page: number }
  | { readonly kind: 'say'; readonly what: Word; readonly page: number; readonly pv: string }
  | { readonly kind: 'post' }
  | { readonly kind: 'lose' }

const page = fc.nat({ max: 9 })
const pv = fc.constantFrom(...PVS)
const what = fc.constantFrom<Word[]>('subscribe', 'clear', 'write', 'get')
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('open' as const),
      version: fc.constantFrom(1 as const, 2 as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), cut: fc.boolean(), page }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('say' as const), what, page, pv }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('post' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const) }) },
)

/** A server that goes away and comes back. */
class Lab {
  readonly #port: number
  #server: Server | undefined
  #value = 0
  #pvs: SharedPV[] = []

  constructor(port: number) {
    this.#port = port
  }

  async start(): Promise<void> {
    this.#pvs = ['a', 'b', 'c'].map(() => SharedPV.mailbox(new NTScalar('float64'), { value: 0 }) as SharedPV)
    const [a, b, c] = this.#pvs as [SharedPV, SharedPV, SharedPV]
    this.#server = await Server.start({
      useEnv: false,
      interfaces: ['127.0.0.1'],
      autoBeacon: false,
      tcpPort: this.#port,
      udpPort: 0,
      pvs: { a, b, c },
    })
  }

  post(): void {
    this.#value++
    for (const one of this.#pvs) one.post({ value: this.#value })
  }

  async close(): Promise<void> {
    await this.#server?.close()
  }
}

/** The pages that are open, and what they do. */
class Pages {
  readonly #url: string
  readonly #open: (Page | Page2)[] = []
  #ids = 0

  constructor(url: string) {
    this.#url = url
  }

  async add(version: 1 | 2): Promise<void> {
    if (this.#open.length < 10)
      this.#open.push(await (version === 1 ? Page.open(this.#url) : Page2.open(this.#url)))
  }

  leave(n: number, cut: boolean): void {
    const at = n % Math.max(1, this.#open.length)
    const [left] = this.#open.splice(at, 1)
    if (cut) left?.socket.terminate()
    else left?.socket.close()
  }

  async say(n: number, kind: Word, pv: string): Promise<void> {
    const one = this.#open[n % Math.max(1, this.#open.length)]
    if (one === undefined) return
    if (one instanceof Page)
      one.say(kind === 'write' ? { type: kind, pv, value: n } : { type: kind, pvs: [pv] })
    else {
      const id = ++this.#ids
      const more = kind === 'write' || kind === 'get' ? { timeout: 1_000 } : {}
      const message = kind === 'write' ? { type: 'put', id, pv, value: n } : { type: kind, id, pv }
      one.say(kind === 'clear' ? { type: 'clear', ids: [this.#ids - 3] } : { ...message, ...more })
    }
    await one.settled()
  }

  end(): void {
    for (const one of this.#open.splice(0)) one.socket.close()
  }
}

it(
  `${EVENTS} random events leave no socket, no subscription and no PVA subscription`,
  { timeout: 600_000 },
  async () => {
    const port = await freePort()
    const lab = new Lab(port)
    await lab.start()
    const ctx = new Context({ useEnv: false, autoAddressList: false, nameServers: [`127.0.0.1:${port}`] })
    const bridge = await Bridge.start({ ctx, port: 0, write: ['*'], limits: { messages: 100_000 } })
    const events = fc.sample(event, { numRuns: EVENTS, seed: 20_261_201 })
    const pages = new Pages(bridge.url)
    for (const one of events) {
      switch (one.kind) {
        case 'open':
          await pages.add(one.version)
          break
        case 'leave':
          pages.leave(one.page, one.cut)
          break
        case 'say':
          await pages.say(one.page, one.what, one.pv)
          break
        case 'post':
          lab.post()
          break
        case 'lose':
          await lab.close()
          await lab.start()
      }
    }
    expect(bridge.stats().sent).toBeGreaterThan(0)
    pages.end()
    await until(() => bridge.stats().sockets === 0)
    expect(bridge.stats().subscriptions).toBe(0)
    // They stay for a few seconds for a page that is loaded again.
    await until(() => bridge.stats().pvs === 0)
    await bridge.close()
    await ctx.close()
    await lab.close()
  },
)
