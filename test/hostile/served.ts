import { afterAll, beforeAll, expect } from 'vitest'
import { Context, Server, setLogger, type AnyPV } from 'node-pvxs'
import type { Loopback } from 'node-pvxs/testing'
import { int32, loopback } from '../unit/fixtures.js'
import { keepsPace } from './pace.js'

/** A server of the file's hostile peers, and a good client of it. */
export interface Served {
  readonly server: Server
  readonly good: Context
  /** The good client is not held up: its 'x' is 5, about as soon as that of a pair that nobody disturbs. */
  stillServes(): Promise<void>
}

/** To be called at the top of a file. */
export function served(pvs: Readonly<Record<string, AnyPV>>): Served {
  let server: Server | undefined
  let good: Context | undefined
  let undisturbed: Loopback | undefined
  const started = <T>(it: T | undefined): T => {
    if (it === undefined) throw new Error('not before the tests begin')
    return it
  }
  beforeAll(async () => {
    setLogger(() => undefined) // nonsense is logged; the rate is tested elsewhere
    server = await Server.start({ isolated: true, pvs })
    good = new Context(server.clientConfig())
    await good.get('x')
    undisturbed = await loopback({ x: int32(5) })
    await undisturbed.ctx.get('x')
  })
  afterAll(async () => {
    await good?.close()
    await undisturbed?.close()
    await server?.close()
    setLogger(null)
  })
  return {
    get server() {
      return started(server)
    },
    get good() {
      return started(good)
    },
    async stillServes() {
      const calm = started(undisturbed).ctx
      const { value } = await keepsPace(
        () => started(good).get('x', { timeout: 10_000 }),
        () => calm.get('x', { timeout: 10_000 }),
      )
      expect(value).toBe(5)
    },
  }
}
