import { onTestFinished } from 'vitest'
import type { SharedPV } from 'node-pvxs'
import { Bridge, type BridgeOptions } from 'node-pvxs/bridge'
import { loopback, type Loopback } from 'node-pvxs/testing'
import { Page } from './page.js'
import { Page2 } from './page2.js'

export interface Bridged {
  readonly bridge: Bridge
  readonly lab: Loopback
  /** One page more. */
  readonly open: () => Promise<Page>
  /** A program of version 2. */
  readonly open2: () => Promise<Page2>
}

/** PVs, a bridge before them, and pages; closed when the test ends. */
export async function bridged(
  pvs: Readonly<Record<string, SharedPV<never>>>,
  options: BridgeOptions = {},
): Promise<Bridged> {
  const lab = await loopback(pvs)
  const bridge = await Bridge.start({ ctx: lab.ctx, port: 0, ...options })
  const pages: (Page | Page2)[] = []
  onTestFinished(async () => {
    for (const page of pages) page.socket.terminate()
    await bridge.close()
    await lab.close()
  })
  return {
    bridge,
    lab,
    open: async () => {
      const page = await Page.open(bridge.url)
      pages.push(page)
      return page
    },
    open2: async () => {
      const page = await Page2.open(bridge.url)
      pages.push(page)
      return page
    },
  }
}

/** Resolves when it holds; asked again with each turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1))
}
