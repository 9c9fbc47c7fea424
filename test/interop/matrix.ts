import { beforeEach, type TestContext } from 'vitest'

/**
 * The matrix that the interop run ends with (matrix-reporter.mjs prints it): which peers, and what was exchanged with
 * each. A cell counts the tests that claimed it with `exchange`; each of them is a real exchange over TCP.
 */
export const peers = [
  'IOC with QSRV 2 (PVXS), server',
  'IOC with QSRV 1 (pvAccessCPP), server',
  'p4p 4.3 (PVXS), server',
  'p4p 4.3 (PVXS), client',
  'pvaPy 5.6 (pvAccessCPP), server',
  'pvaPy 5.6 (pvAccessCPP), client',
  'core-pva 5.0.5 (Java), server',
  'core-pva 5.0.5 (Java), client',
] as const

export type PeerName = (typeof peers)[number]

export const exchanges = [
  'get',
  'put',
  'monitor',
  'pipeline',
  'rpc',
  'info',
  'list',
  'error',
  'reconnect',
] as const

export type Exchange = (typeof exchanges)[number]

export interface Cell {
  readonly peer: PeerName
  readonly exchange: Exchange
}

/** Says which cell of the matrix this test fills. */
export function exchange(context: TestContext, peer: PeerName, what: Exchange): void {
  const meta = context.task.meta as { cell?: Cell }
  meta.cell = { peer, exchange: what }
}

/** The same for every test of a `describe`. */
export function claim(peer: PeerName, what: Exchange): void {
  beforeEach((context) => {
    exchange(context, peer, what)
  })
}
