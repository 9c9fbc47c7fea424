// The server that has the name: its connection, its value, its clock.
import type { Context, Value } from '../../index.js'
import { RemoteError } from '../../errors.js'
import type { Probe } from '../net/probe.js'
import { valueText } from '../output/line.js'
import { shortest } from '../output/numbers.js'
import { alarmOf, unitsOf } from '../output/reading.js'
import { fail, ok, warn, type Finding } from './finding.js'
import type { Known } from './survey.js'

export function checkConnect({ server, host, from, says }: Known, tcp: Probe): Finding {
  const detail = { server, from }
  if (tcp.state === 'speaks') return ok('connect', `${server} speaks PVAccess`, { detail })
  if (says && host !== from) {
    const text = `the answer came from ${from} and says ${server}, which does not connect: address translation, or a port that is mapped`
    return fail('connect', 'reply-address', text, {
      try: `export EPICS_PVA_NAME_SERVERS=${from}:5075`,
      detail,
    })
  }
  if (tcp.state === 'refused')
    return fail('connect', 'tcp-refused', `${server} answers searches and refuses TCP connections`, {
      try: `nc -v ${host} ${server.slice(server.lastIndexOf(':') + 1)}`,
      detail,
    })
  const how =
    tcp.state === 'foreign'
      ? 'something else than PVAccess listens there'
      : tcp.state === 'silent'
        ? 'it takes the connection and says nothing'
        : tcp.reason
  return fail('connect', 'tcp-silent', `${server} answers searches and not by TCP: ${how}`, { detail })
}

const READ_MS = 1_500
const ITEMS = 5

/** Reads the PV from that server. */
export async function checkRead(ctx: Context, name: string, { server }: Known): Promise<Finding> {
  try {
    const value = await ctx.get(name, { server, timeout: READ_MS })
    return ok('read', valueLine(value), { detail: { type: value.$id } })
  } catch (error) {
    const { message } = error as Error
    if (error instanceof RemoteError) return fail('read', 'refused', `${server} refuses ${name}: ${message}`)
    return fail(
      'read',
      'server-silent',
      `${server} is connected and gives no value of ${name} within ${READ_MS / 1_000} s`,
    )
  }
}

function valueLine(value: Value): string {
  const reading = { name: '', value, update: false }
  const alarm = alarmOf(reading)
  const ns = value.$timeNs
  const age = ns === undefined || ns === 0n ? undefined : Date.now() / 1_000 - Number(ns / 1_000_000n) / 1_000
  const [shown = ''] = valueText(value, { number: shortest, items: ITEMS }).split('\n')
  return [
    value.$id === '' ? 'a structure' : value.$id,
    `${shown} ${unitsOf(reading)}`.trim(),
    alarm === undefined || alarm.level === 0 ? 'no alarm' : `${alarm.severity} ${alarm.message}`.trim(),
    ...(age === undefined ? [] : [`${age.toFixed(1)} s old`]),
  ].join(', ')
}

const MOST_OFF = 5_000 // ms

/** How far the stamps of updates are from their arrival, in ms. */
export function checkClock(name: string, offsets: readonly number[]): Finding[] {
  if (offsets.length < 2) return []
  const least = offsets.reduce((a, b) => (Math.abs(a) < Math.abs(b) ? a : b))
  if (Math.abs(least) <= MOST_OFF) return []
  const seconds = (Math.abs(least) / 1_000).toFixed(0)
  const ahead = least > 0
  return [
    warn(
      'host',
      ahead ? 'clock-ahead' : 'clock-behind',
      `the time stamps of ${name} are ${seconds} s ${ahead ? 'ahead of' : 'behind'} this host's clock`,
      { try: 'timedatectl status', detail: { milliseconds: least } },
    ),
  ]
}

/** The offsets of updates that arrive until the signal; a first value may be old and does not count. */
export async function watchClock(
  ctx: Context,
  name: string,
  { server }: Known,
  signal: AbortSignal,
): Promise<number[]> {
  const offsets: number[] = []
  let first = true
  try {
    for await (const value of ctx.monitor(name, { server, signal })) {
      const ns = value.$timeNs
      if (!first && ns !== undefined && ns !== 0n) offsets.push(Number(ns / 1_000_000n) - Date.now())
      first = false
    }
  } catch (error) {
    if (!signal.aborted && !(error instanceof RemoteError)) return []
  }
  return offsets
}
