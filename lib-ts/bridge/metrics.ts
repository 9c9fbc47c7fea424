import type { BridgeStats } from './stats.js'
import type { Counters } from './counters.js'
import type { LoopDelay } from './loop-delay.js'
import type { Hub } from './hub.js'

/** Prometheus text. No label comes from a client or a PV's name: those are without number. */
export function metricsText(stats: BridgeStats, counters: Counters, hub: Hub, delay: LoopDelay): string {
  let slow = 0
  for (const { socket } of hub.clients) if (socket.waiting > 0) slow++
  const lines: string[] = []
  const add = (
    name: string,
    type: 'gauge' | 'counter',
    help: string,
    values: readonly (readonly [string, number])[],
  ): void => {
    const full = `node_pvxs_bridge_${name}`
    lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`)
    for (const [label, value] of values) lines.push(`${full}${label} ${value}`)
  }
  add('sockets', 'gauge', 'WebSockets that are open', [['', stats.sockets]])
  add('event_streams', 'gauge', 'event streams that are open', [['', hub.streams.size]])
  add('subscriptions', 'gauge', 'PVs of all sockets', [['', stats.subscriptions]])
  add('pvs', 'gauge', 'PVA subscriptions that are open', [['', stats.pvs]])
  add('pvs_connected', 'gauge', 'those with a value', [['', hub.feeds.connected]])
  add('messages_received_total', 'counter', 'messages of clients', [['', stats.received]])
  add('messages_sent_total', 'counter', 'messages to clients', [['', stats.sent]])
  add('sent_bytes_total', 'counter', 'characters of these', [['', stats.bytes]])
  add('updates_merged_total', 'counter', 'updates that a newer one replaced', [['', stats.merged]])
  const { done, failed, refused } = counters.writes
  add('writes_total', 'counter', 'writes of clients', [
    ['{result="done"}', done],
    ['{result="failed"}', failed],
    ['{result="refused"}', refused],
  ])
  const reasons = [...counters.refusals].map(([reason, count]) => [`{reason="${reason}"}`, count] as const)
  add('refused_total', 'counter', 'requests and sockets that were refused', reasons)
  const shares = [0.5, 0.99, 1] as const
  const delays = delay.read(...shares).map((s, i) => [`{quantile="${shares[i]}"}`, s] as const)
  add('loop_delay_seconds', 'gauge', 'how late the event loop was within the last minute', delays)
  add('slow_sockets', 'gauge', 'sockets with bytes that wait', [['', slow]])
  return `${lines.join('\n')}\n`
}
