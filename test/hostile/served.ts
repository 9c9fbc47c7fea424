import { afterAll, beforeAll, expect } from 'vitest'
import { Context, Server, setLogger, type AnyPV } from 'node-pvxs'

/** A server of the file's hostile peers, and a good client of it. */
export interface Served {
  readonly server: Server
  readonly good: Context
  /** The good client is served within a second: its 'x' is 5. */
  stillServes(): Promise<void>
}

/** To be called at the top of a file. */
export function served(pvs: Readonly<Record<string, AnyPV>>): Served {
  let server: Server | undefined
  let good: Context | undefined
  const started = <T>(it: T | undefined): T => {
    if (it === undefined) throw new Error('not before the tests begin')
    return it
  }
  beforeAll(async () => {
    setLogger(() => undefined) // nonsense is logged; the rate is tested elsewhere
    server = await Server.start({ isolated: true, pvs })
    good = new Context(server.clientConfig())
    await good.get('x')
  })
  afterAll(async () => {
    await good?.close()
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
      expect((await started(good).get('x', { timeout: 1_000 })).value).toBe(5)
    },
  }
}
