import type { ConnectionReport } from './addon.js'

/** The connections of a Context or a Server, and what they add up to. */
export function trafficOf(connections: readonly ConnectionReport[]): {
  readonly connections: readonly ConnectionReport[]
  readonly channels: number
  readonly sent: number
  readonly received: number
} {
  let [channels, sent, received] = [0, 0, 0]
  for (const connection of connections) {
    channels += connection.channels.length
    sent += connection.sent
    received += connection.received
  }
  return { connections, channels, sent, received }
}
