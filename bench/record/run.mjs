// npm run bench -- record [--count 1000000] [--rounds 3]
//
// What a recorder and the way out of it cost, each row a process of its own, in turns: a history that is served beside the
// store read alone, a recorder beside bare monitors, a spool beside none, one PV more beside 10,000. Prints medians.
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { environment } from '../../scripts/tests/venv.mjs'
import { startInfluxd } from '../influx/influxd.mjs'
import { Program } from '../programs.mjs'

const here = import.meta.dirname
const exec = promisify(execFile)
const NAMES = 1_000
const RATE = 10 // Hz of each PV
const SECONDS = 8

/** Title, what is held against what, by which figure, and the target. */
const table = [
  {
    title: 'history by RPC, against the store',
    ours: 'history rpc',
    against: 'history store',
    target: '≥ 0.5',
  },
  {
    title: 'history by raw HTTP, against the store',
    ours: 'history raw',
    against: 'history store',
    target: '≥ 0.5',
  },
  {
    title: 'recorder, against monitors and sink',
    ours: 'record policies',
    against: 'record bare',
    target: '≤ 1.15',
  },
  {
    title: 'recorder into InfluxDB, against p4p and influxdb-client',
    ours: 'record influx',
    against: 'p4p influx',
    target: 'CPU ≤ 0.35',
  },
  {
    title: 'recorder with a spool, against one without',
    ours: 'record spool',
    against: 'record policies',
    target: '≥ 0.8',
  },
]

/** @param {{ count?: number, rounds?: number }} options */
export async function runRecord({ count = 1_000_000, rounds = 3 } = {}) {
  const runs = new Map()
  const sides = [...new Set(table.flatMap(({ ours, against }) => [against, ours]))]
  // Round after round, so that what else the machine does falls on all alike.
  for (let round = 0; round < rounds; round++)
    for (const side of sides) runs.set(side, [...(runs.get(side) ?? []), await once(side, count)])
  const known = new Map([...runs].map(([side, all]) => [side, median(all)]))
  const lines = []
  const say = (line) => {
    lines.push(line)
    console.log(line)
  }
  say(
    `${os.cpus().length} × ${os.cpus()[0]?.model}, load ${os.loadavg()[0]?.toFixed(1)}, Node ${process.version}, ${count} samples of history, ${NAMES} PVs at ${RATE} Hz, median of ${rounds}\n`,
  )
  say('| row | samples/s (µs CPU) | against | memory | ratio of rates | of CPU | target |')
  say('| --- | --- | --- | --- | --- | --- | --- |')
  for (const { title, ours, against, target } of table) {
    const [mine, other] = [known.get(ours), known.get(against)]
    const ratios = `${(mine.rate / other.rate).toFixed(2)} | ${(mine.cpu / other.cpu).toFixed(2)}`
    say(
      `| ${title} | ${shown(mine)} | ${shown(other)} | + ${mine.megabytes.toFixed(0)} MB | ${ratios} | ${target} |`,
    )
  }
  const one = median([await program('add one', 10_000)])
  say(
    `| a PV added to 10000 | ${(one.seconds * 1_000).toFixed(0)} ms | ${one.again} others disturbed | | | | ≤ 1 s, 0 |`,
  )
  const folder = path.join(here, '../results')
  await mkdir(folder, { recursive: true })
  const name = `record-${new Date().toISOString().replace(/[:.]/g, '-')}.md`
  await writeFile(path.join(folder, name), `${lines.join('\n')}\n`)
}

async function once(side, count) {
  if (side.startsWith('history')) return program(side, count)
  const server = await Program.start('cpp', 'load_server', { rate: RATE })
  try {
    const { tcp } = await server.next()
    if (side.endsWith('influx')) return await intoInflux(side, tcp)
    return await program(side, NAMES, tcp, SECONDS)
  } finally {
    await server.stop()
  }
}

async function intoInflux(side, port) {
  const server = await startInfluxd()
  try {
    await server.fill(side.startsWith('p4p') ? 'peers' : 'ours', 1)
    if (!side.startsWith('p4p')) return await program(side, NAMES, port, SECONDS, server.url)
    // Each client has an environment of its own; this one needs both.
    const [python, other] = [await environment('peers'), await environment('influx')]
    const find = ['-c', 'import site; print(site.getsitepackages()[0])']
    const packages = (await exec(other, find)).stdout.trim()
    const argv = [path.join(here, 'p4p_influx.py'), String(NAMES), String(port), String(SECONDS), server.url]
    return figures(
      await exec(python, argv, { env: { ...process.env, PYTHONPATH: packages }, timeout: 120_000 }),
    )
  } finally {
    await server.stop()
  }
}

async function program(...args) {
  const argv = ['--expose-gc', path.join(here, 'ours.mjs'), ...args.map(String)]
  return figures(await exec(process.execPath, argv, { timeout: 600_000 }))
}

function figures({ stdout }) {
  const seen = JSON.parse(stdout.trim().split('\n').at(-1))
  return { ...seen, rate: seen.count / seen.seconds, cpu: (seen.cpu / seen.count) * 1e6 }
}

function median(runs) {
  const middle = (name) => runs.map((run) => run[name]).sort((a, b) => a - b)[runs.length >> 1]
  return Object.fromEntries(Object.keys(runs[0]).map((name) => [name, middle(name)]))
}

function shown({ rate, cpu }) {
  return `${rate < 20_000 ? (rate / 1_000).toFixed(1) : Math.round(rate / 1_000)}k (${cpu.toFixed(2)})`
}
