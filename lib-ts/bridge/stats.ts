/** What a bridge is doing now, and what it has done. */
export interface BridgeStats {
  readonly sockets: number
  /** PVs of all sockets. */
  readonly subscriptions: number
  /** PVA subscriptions that are open. */
  readonly pvs: number
  readonly received: number
  readonly sent: number
  readonly bytes: number
  /** Updates that a newer one replaced. */
  readonly merged: number
  readonly refused: number
  readonly errors: number
}
