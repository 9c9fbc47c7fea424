// npm run bench -- bridge [--seconds 5] [--rounds 3]
//
// The bridge beside a bare ws server that sends the same text, each in a process of its own, in one run. Figures are CPU
// time and ratios: on a busy machine they hold where wall time does not. Prints medians.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

const here = import.meta.dirname
const SOCKETS = 60
const PVS = 100
const HZ = 5
// An update of version 1 as the bridge sends it.
const TEXT = '{"type":"update","pv":"n57","value":1234.142857142857,"seconds":1796097506,"nanos":497812175}'

/** A program of this folder, which answers each message with one. */
class Side {
  #child

  static async start(file, ...args) {
    const side = new Side()
    side.#child = fork(path.join(here, file), args.map(String), { execArgv: ['--expose-gc'] })
    side.first = await side.#answer()
    return side
  }

  async #answer() {
    const [answer] = await once(this.#child, 'message', { signal: AbortSignal.timeout(120_000) })
    return answer
  }

  ask(act, more = {}) {
    const answer = this.#answer()
    this.#child.send({ act, ...more })
    return answer
  }

  async end() {
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}

const names = (count) => Array.from({ length: count }, (_, i) => `n${i}`)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1]

/** A server of PVs, a bridge before it and clients, ended afterwards. */
async function laboratory({ count, hz = 0, bytes = 0, options = {}, version = 1, sockets }, work) {
  const pvs = await Side.start('pvs.mjs', count, hz, bytes)
  const bridge = await Side.start('bridge.mjs', 'bridge', pvs.first.port, JSON.stringify(options))
  const readers = await Side.start('readers.mjs', bridge.first.port, version, sockets)
  try {
    return await work({ bridge, readers })
  } finally {
    for (const side of [readers, bridge, pvs]) await side.end()
  }
}

/** µs CPU for each update that is sent, and frames for each. */
function streaming(version, seconds) {
  return laboratory({ count: PVS, hz: HZ, version, sockets: SOCKETS }, async ({ bridge, readers }) => {
    await readers.ask('open', { pvs: names(PVS) })
    await pause(1_500)
    await Promise.all([bridge.ask('mark'), readers.ask('mark')])
    await pause(seconds * 1_000)
    const [{ cpu, rss }, { frames, updates }] = await Promise.all([bridge.ask('mark'), readers.ask('mark')])
    return { each: cpu / updates, perSecond: updates / seconds, frames: frames / updates, rss }
  })
}

async function floor(seconds) {
  const bare = await Side.start('bridge.mjs', 'bare', TEXT, 100 / HZ)
  const readers = await Side.start('readers.mjs', bare.first.port, 1, SOCKETS)
  await readers.ask('open')
  await pause(500)
  await Promise.all([bare.ask('mark'), readers.ask('mark')])
  await pause(seconds * 1_000)
  const [{ cpu }, { updates }] = await Promise.all([bare.ask('mark'), readers.ask('mark')])
  for (const side of [readers, bare]) await side.end()
  return { each: cpu / updates, perSecond: updates / seconds }
}

/** All sockets are cut and come back at once. */
function reconnecting() {
  const shape = { count: 200, version: 1, sockets: 1_000, options: { limits: { socketsPerAddress: 2_000 } } }
  return laboratory(shape, async ({ bridge, readers }) => {
    const asked = { pvs: names(200), spread: 20 }
    await readers.ask('open', asked)
    await readers.ask('cut')
    await bridge.ask('mark')
    const { ms } = await readers.ask('open', asked)
    const { late, pvs, cpu } = await bridge.ask('mark')
    return { ms, late, pvs, cpu }
  })
}

/** One of a hundred stops to read. */
function stopping(seconds) {
  const shape = { count: 0, bytes: 1_000_000, version: 2, sockets: 100 }
  return laboratory(shape, async ({ bridge, readers }) => {
    await readers.ask('open', { pvs: ['image'] })
    const rate = async () => {
      await readers.ask('mark')
      await pause(seconds * 1_000)
      return (await readers.ask('mark')).updates / seconds
    }
    const before = await rate()
    const { rss } = await bridge.ask('mark')
    await readers.ask('stop')
    const after = await rate()
    const { rss: now } = await bridge.ask('mark')
    return { grown: (now - rss) / 2 ** 20, rate: (after / 99) * (100 / before) }
  })
}

function many() {
  const options = { limits: { subscriptions: 10_000 } }
  return laboratory({ count: 10_000, version: 2, sockets: 1, options }, async ({ bridge, readers }) => {
    await bridge.ask('mark')
    const { ms } = await readers.ask('open', { pvs: names(10_000) })
    return { ms, cpu: (await bridge.ask('mark')).cpu }
  })
}

/** Bytes for an idle socket, and for a PV of one beyond the shared subscription. */
async function idle() {
  const options = { limits: { socketsPerAddress: 2_000 } }
  const heap = (sockets, pvs) =>
    laboratory({ count: 100, version: 1, sockets, options }, async ({ bridge, readers }) => {
      const { heap: before } = await bridge.ask('mark')
      await readers.ask('open', { pvs: names(pvs) })
      await pause(500)
      return (await bridge.ask('mark')).heap - before
    })
  const [one, sockets, all] = [await heap(1, 100), await heap(500, 0), await heap(500, 100)]
  return { socket: sockets / 500, subscription: (all - sockets - one) / (499 * 100) }
}

/** @param {{ seconds?: number, rounds?: number }} options */
export async function runBridge({ seconds = 5, rounds = 3 } = {}) {
  const lines = []
  const say = (line) => {
    lines.push(line)
    console.log(line)
  }
  say(
    `${os.cpus().length} × ${os.cpus()[0]?.model}, load ${os.loadavg()[0]?.toFixed(1)}, Node ${process.version}, ` +
      `${SOCKETS} sockets × ${PVS} PVs × ${HZ} Hz, median of ${rounds}\n`,
  )
  say('| row | seen | target |\n| --- | --- | --- |')
  const runs = { bare: [], v1: [], v2: [] }
  for (let round = 0; round < rounds; round++) {
    runs.bare.push(await floor(seconds))
    runs.v1.push(await streaming(1, seconds))
    runs.v2.push(await streaming(2, seconds))
  }
  const of = (side, what) => median(runs[side].map((run) => run[what]))
  const ratio = (side) => median(runs[side].map(({ each }, i) => each / runs.bare[i].each)).toFixed(2)
  const each = (side) => `${of(side, 'each').toFixed(1)} µs at ${Math.round(of(side, 'perSecond'))}/s`
  say(`| bare ws, CPU for each message | ${each('bare')} | |`)
  say(`| P1 version 1, against it | ${ratio('v1')} (${each('v1')}) | ≤ 2 |`)
  say(`| P2 version 2 in binary, against it | ${ratio('v2')} (${each('v2')}) | ≤ 1 |`)
  say(`| P2 frames for each update | ${of('v2', 'frames').toFixed(2)} | ≤ 0.5 |`)
  say(
    `| P3 memory of the bridge at ${SOCKETS} sockets | ${mib(of('v1', 'rss'))}; the reference is not run here | |`,
  )
  const back = await reconnecting()
  say(
    `| P4 1000 sockets × 20 PVs come back at once | ${wall(back)}, loop late ${Math.round(back.late)} ms (p99), ${back.pvs} subscriptions of 200 PVs | ≤ 3 s, ≤ 100 ms |`,
  )
  const stopped = await stopping(seconds)
  say(
    `| P5 one of 100 reads no images | + ${stopped.grown.toFixed(1)} MiB, the others at ${(stopped.rate * 100).toFixed(0)} % | ≤ + 20 MiB, within 5 % |`,
  )
  say(`| P6 10,000 PVs in one message | ${wall(await many())} | ≤ 2 s |`)
  const { socket, subscription } = await idle()
  say(
    `| P9 memory of an idle socket, of a PV of one | ${(socket / 1024).toFixed(1)} kB, ${Math.round(subscription)} B | ≤ 30 kB, ≤ 400 B |`,
  )
  const folder = path.join(here, '../results')
  await mkdir(folder, { recursive: true })
  const file = `bridge-${new Date().toISOString().replace(/[:.]/g, '-')}.md`
  await writeFile(path.join(folder, file), `${lines.join('\n')}\n`)
}

/** ms, and how much of them was the bridge's own work. */
function wall({ ms, cpu }) {
  return `${Math.round(ms)} ms (${Math.round(cpu / 1_000)} ms CPU of the bridge)`
}

function mib(bytes) {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
