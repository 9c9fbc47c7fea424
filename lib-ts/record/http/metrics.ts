import type { RecorderStatus } from '../status.js'

type Labels = Readonly<Record<string, string>>

/** Prometheus text. No label comes from a PV's name: those are without number. */
export function metricsText(status: RecorderStatus, version: string, uptime: number): string {
  const lines: string[] = []
  const add = (
    name: string,
    help: string,
    values: readonly (readonly [Labels, number])[],
    type: 'gauge' | 'counter' = name.endsWith('_total') ? 'counter' : 'gauge',
  ): void => {
    const full = `node_pvxs_record_${name}`
    lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`)
    for (const [labels, value] of values) lines.push(`${full}${labelText(labels)} ${value}`)
  }
  const one = (name: string, help: string, value: number): void => {
    add(name, help, [[{}, value]])
  }
  add('info', 'which recorder this is', [[{ name: status.name, version }, 1]])
  add('state', 'the state it is in', [[{ state: status.state }, 1]])
  one('uptime_seconds', 'since its start', Math.round(uptime))
  one('pvs', 'PVs that are recorded', status.pvs)
  one('pvs_connected', 'those that are connected', status.connected)
  one('samples_per_second', 'samples that are recorded', status.rate)
  one('received_total', 'samples that the PVs gave', status.received)
  one('withheld_total', 'samples that policies kept back', status.withheld)
  one('out_of_order_total', 'samples whose time went back', status.outOfOrder)
  one('future_times_total', 'samples refused for a time stamp in the future', status.futureTimes)
  one('reloads_total', 'configurations that were taken over', status.reloads)
  one('reload_failures_total', 'configurations that were not, for their faults', status.reloadFailures)
  if (status.from !== undefined) {
    one('from_ok', 'whether the broker is read', status.from.state === 'ok' ? 1 : 0)
    one('from_rejected_total', 'messages that are not samples', status.from.rejected)
    one('from_skipped_total', 'samples that no sink takes', status.from.skipped)
  }
  if (status.list !== undefined) {
    one('list_ok', 'whether the list of PVs is followed', status.list.state === 'ok' ? 1 : 0)
    one('list_entries', 'PVs in the list', status.list.entries)
    one('list_faulty', 'entries of the list with faults', status.list.faulty)
  }
  const sinks = Object.entries(status.sinks)
  const each = (name: string, help: string, of: (sink: (typeof sinks)[number][1]) => number): void => {
    add(
      name,
      help,
      sinks.map(([sink, it]) => [{ sink }, of(it)]),
    )
  }
  each('sink_ok', 'whether the sink takes what it is given', ({ state }) => (state === 'ok' ? 1 : 0))
  each('written_total', 'samples that the sink has', ({ written }) => written)
  each('rejected_total', 'samples that it refused', ({ rejected }) => rejected)
  each('dropped_total', 'samples given up for want of room', ({ dropped }) => dropped)
  each('retried_total', 'writes that were tried again', ({ retried }) => retried)
  each('buffered', 'samples that wait', ({ buffered }) => buffered)
  each('spooled', 'those of them on disk', ({ spooled }) => spooled)
  each('lag_seconds', 'the age of the oldest of them', ({ lag }) => lag / 1_000)
  return `${lines.join('\n')}\n`
}

function labelText(labels: Labels): string {
  const all = Object.entries(labels)
  if (all.length === 0) return ''
  const escaped = (text: string): string =>
    text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
  return `{${all.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`
}
