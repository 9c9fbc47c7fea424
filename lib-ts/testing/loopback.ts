import type { Context, ContextOptions } from '../client/index.js'
import type { AnyPV, Server, ServerOptions } from '../server/index.js'

/** What {@link loopback} gives: a running server, and a client that reaches it and nothing else. */
export interface Loopback extends AsyncDisposable {
  readonly server: Server
  readonly ctx: Context
  /**
   * Closes client and server; may be taken out of this object. Pending calls reject with ClosedError, iterations end.
   * Closing again does nothing.
   */
  readonly close: () => Promise<void>
}

/** What {@link loopback} takes besides the PVs. */
export interface LoopbackOptions {
  /** Options of the server; it listens on the loopback interface, on free ports, unless they say otherwise. */
  readonly server?: Omit<ServerOptions, 'pvs'> | undefined
  /** Options of the client, over those that lead it to the server. */
  readonly client?: ContextOptions | undefined
  /**
   * A hook of the test runner that calls a function when the test is over: `onTestFinished` or `afterAll` of Vitest,
   * `after` of node:test. It is given `close`, so that a test has nothing to end itself.
   */
  readonly after?: ((close: () => Promise<void>) => unknown) | undefined
}

/**
 * Starts a server on the loopback interface with these PVs, and makes a client of it.
 *
 * Nothing outside the process takes part: no EPICS variable is read, ports are free ones, no beacon is sent; so tests may
 * run side by side. Both are closed by `await using`, by `close()`, or by the hook given as `after`. One that nobody
 * closes does not keep the process alive.
 *
 * @throws InvalidArgumentError when a name or an option is bad
 * @example
 * import assert from 'node:assert/strict'
 * import { NTScalar, SharedPV } from 'node-pvxs'
 * import { loopback } from 'node-pvxs/testing'
 *
 * const { ctx, close } = await loopback({ x: SharedPV.mailbox(new NTScalar('int32'), { value: 1 }) })
 * await ctx.put('x', 2)
 * assert.equal((await ctx.get('x')).value, 2)
 * await close()
 *
 * @example
 * // In Vitest, closed when the test is over, however it ends:
 * import { expect, onTestFinished, test } from 'vitest'
 * import { NTScalar, SharedPV } from 'node-pvxs'
 * import { loopback } from 'node-pvxs/testing'
 *
 * test('a mailbox keeps what is put', async () => {
 *   const pvs = { x: SharedPV.mailbox(new NTScalar('int32')) }
 *   const { ctx } = await loopback(pvs, { after: onTestFinished })
 *   await ctx.put('x', 2)
 *   expect((await ctx.get('x')).value).toBe(2)
 * })
 */
export async function loopback(
  pvs: Readonly<Record<string, AnyPV>> = {},
  options: LoopbackOptions = {},
): Promise<Loopback> {
  // Not before it is needed: the simulators of this room work where the addon does not.
  const [{ Context }, { Server }] = await Promise.all([
    import('../client/index.js'),
    import('../server/index.js'),
  ])
  const server = (await Server.start({ isolated: true, ...options.server, pvs })).unref()
  let ctx: Context | undefined
  const close = async (): Promise<void> => {
    await ctx?.close()
    await server.close()
  }
  try {
    ctx = new Context({ ...server.clientConfig(), ...options.client })
    options.after?.(close)
    return { server, ctx, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}
