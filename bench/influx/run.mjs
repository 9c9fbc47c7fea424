// npm run bench -- influx [--count 200000] [--rounds 3]
//
// Our client against the bare requests of the same run, and against the other clients, each in a process of its own and
// all against one influxd (Debian's, or the one that PVXS_TEST_INFLUXD names). Prints medians.
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { environment } from '../../scripts/tests/venv.mjs'
import { startInfluxd } from './influxd.mjs'

const here = import.meta.dirname
const exec = promisify(execFile)

/** Row, what of ours it is, what it is held against, and the target. Peers: [language, peer, row]. */
const peers = {
  write: [
    ['py', 'aioinflux', 'write'],
    ['py', 'influxdb', 'write'],
    ['py', 'influxdb-client', 'write'],
    ['js', 'influx', 'write'],
    ['js', '@influxdata/influxdb-client', 'write'],
  ],
  encode: [
    ['js', '@influxdata/influxdb-client', 'encode'],
    ['py', 'aioinflux', 'encode'],
  ],
  read: [
    ['py', 'aioinflux', 'read'],
    ['py', 'influxdb', 'read'],
    ['js', 'influx', 'read'],
  ],
}
const table = [
  { ours: 'encode points', against: peers.encode, targets: [2, 1.5] },
  { ours: 'encode columns', against: peers.encode, targets: [3.5, 2.5] },
  { ours: 'write points', against: [['ours', 'write raw']], targets: [0.7] },
  { ours: 'write columns', against: [['ours', 'write raw']], targets: [0.85] },
  { ours: 'write points', against: peers.write, best: 1.4 },
  { ours: 'rows', against: [['ours', 'read raw']], targets: [0.6] },
  { ours: 'columns', against: [['ours', 'read raw']], targets: [0.8] },
  { ours: 'rows', against: peers.read, best: 1.5 },
  { ours: 'columns', against: [['py', 'aioinflux', 'frame']], targets: [2.5] },
  { ours: 'write samples', against: [['ours', 'write samples as points']], targets: [1.2] },
]

/** @param {{ count?: number, rounds?: number }} options */
export async function runInflux({ count = 200_000, rounds = 3 } = {}) {
  const python = await environment('influx')
  const server = await startInfluxd()
  const known = new Map()
  const once = async (side) => {
    const [language, ...args] = side
    const program = { ours: 'ours.mjs', js: 'peers.mjs', py: 'peers.py' }[language]
    const argv = [path.join(here, program), ...args, server.url, String(count)]
    const [file, all] = language === 'py' ? [python, argv] : [process.execPath, ['--expose-gc', ...argv]]
    const { stdout } = await exec(file, all, { maxBuffer: 1e8, timeout: 300_000 })
    return JSON.parse(stdout.trim().split('\n').at(-1))
  }
  const rate = (side) => known.get(side.join(' '))
  // Round after round, so that what else the machine does falls on all alike.
  const measureAll = async () => {
    const sides = new Map(
      table
        .flatMap(({ ours, against }) => [['ours', ours], ...against])
        .map((side) => [side.join(' '), side]),
    )
    const runs = new Map([...sides.keys()].map((key) => [key, []]))
    for (let round = 0; round < rounds; round++)
      for (const [key, side] of sides)
        runs.get(key).push(
          await once(side).then(
            (r) => ({ rate: r.count / r.seconds, cpu: (r.cpu / r.count) * 1e6 }),
            (e) => ({ error: e.message }),
          ),
        )
    for (const [key, all] of runs) known.set(key, median(all))
  }
  const lines = []
  const say = (line) => {
    lines.push(line)
    console.log(line)
  }
  try {
    await server.fill('bench_read', count)
    await measureAll()
    say(
      `${os.cpus().length} × ${os.cpus()[0]?.model}, load ${os.loadavg()[0]?.toFixed(1)}, Node ${process.version}, ${count} points, median of ${rounds}\n`,
    )
    say(
      '| row | points/s (µs CPU) | against | points/s (µs CPU) | ratio | target |\n| --- | --- | --- | --- | --- | --- |',
    )
    for (const { ours, against, targets, best } of table) {
      const mine = rate(['ours', ours])
      const others = against.map((side) => [side, rate(side)])
      const fastest =
        best === undefined
          ? undefined
          : others.filter(([, r]) => r.rate).sort(([, a], [, b]) => b.rate - a.rate)[0]?.[0]
      others.forEach(([side, other], i) => {
        const target = targets?.[i] ?? (side === fastest ? best : undefined)
        say(
          `| ${ours} | ${shown(mine)} | ${side.slice(1).join(' ')} | ${shown(other)} | ${ratio(mine, other)} | ${target === undefined ? '' : `≥ ${target}`} |`,
        )
      })
    }
    await server.fill('bench_read', 10 * count)
    const { megabytes } = await execMemory(server, 10 * count)
    say(`| rows of ${10 * count} points | | | | + ${megabytes.toFixed(0)} MB | ≤ 80 MB |`)
  } finally {
    await server.stop()
  }
  const folder = path.join(here, '../results')
  await mkdir(folder, { recursive: true })
  await writeFile(
    path.join(folder, `influx-${new Date().toISOString().replace(/[:.]/g, '-')}.md`),
    `${lines.join('\n')}\n`,
  )
}

/** The first reading already shows what memory grows by: it is measured without a warm one. */
async function execMemory(server, count) {
  const argv = ['--expose-gc', path.join(here, 'ours.mjs'), 'memory of rows', server.url, String(count)]
  return JSON.parse((await exec(process.execPath, argv, { timeout: 600_000 })).stdout)
}

function median(runs) {
  const good = runs.filter((r) => r.rate !== undefined)
  if (good.length === 0) return runs[0]
  const middle = (name) => good.map((r) => r[name]).sort((a, b) => a - b)[good.length >> 1]
  return { rate: middle('rate'), cpu: middle('cpu') }
}

function shown({ rate, cpu, error }) {
  return rate === undefined
    ? `failed: ${String(error).split('\n')[0].slice(0, 60)}`
    : `${Math.round(rate / 1000)}k (${cpu.toFixed(2)})`
}

function ratio(a, b) {
  return a.rate === undefined || b.rate === undefined ? '–' : (a.rate / b.rate).toFixed(2)
}
