import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { SharedPV } from 'node-pvxs'
import type { Bridge, BridgeOptions } from 'node-pvxs/bridge'
import type { Loopback } from 'node-pvxs/testing'
import { Context, type ContextOptions } from '../../lib-ts/web/index.js'
import { bridged } from '../bridge/fixtures.js'

/** A Context over the bridge at this address; closed when the test ends. */
export function webContext(url: string, options: ContextOptions = {}): Context {
  const context = new Context(url, { WebSocket, reconnect: { min: 1, max: 50 }, ...options })
  onTestFinished(() => context.close())
  return context
}

/** PVs, a bridge before them, and a Context over it. */
export async function overBridge(
  pvs: Readonly<Record<string, SharedPV<never>>>,
  options: BridgeOptions = {},
): Promise<{ readonly web: Context; readonly bridge: Bridge; readonly lab: Loopback }> {
  const { bridge, lab } = await bridged(pvs, options)
  return { web: webContext(bridge.url), bridge, lab }
}
