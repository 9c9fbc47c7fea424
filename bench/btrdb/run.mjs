// npm run bench -- btrdb [--rounds 3]
//
// Our client and the vendor's for Python, each row in a process of its own, in turns, against one fake BTrDB in another
// process. Prints medians of the rounds and their ratios, and writes them to bench/results/.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { BTrDB } from 'node-pvxs/btrdb'
import { environment } from '../../scripts/tests/venv.mjs'
import { COUNT, plant, STEP, UUIDS } from './data.mjs'

const here = import.meta.dirname
const exec = promisify(execFile)

/** Title, the row of both programs, and the least ratio of rates to the vendor's client. */
const table = [
  ['`insert` of 200,000 points', 'insert', 3],
  ['`rawValues` of 200,000 points', 'read', 6],
  ['the same `insert` by Arrow', 'insert arrow', 0.8],
  ['the same `rawValues` by Arrow', 'read arrow', 0.5],
  ['12,500 aligned windows', 'windows', 1.2],
  ['`nearest`, one by one', 'nearest', 0.5],
  ['`nearest`, 100 in flight', 'nearest many', 0.4],
]
/** The same to bare calls of `@grpc/grpc-js`. */
const bareTable = [
  ['`nearest`, one by one', 'nearest beside bare', 0.9],
  ['`nearest`, 100 in flight', 'nearest many beside bare', 0.9],
]

/** @param {{ rounds?: number }} options */
export async function runBtrdb({ rounds = 3 } = {}) {
  const python = await environment('btrdb')
  const server = spawn(process.execPath, ['--max-old-space-size=3000', path.join(here, 'server.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [said] = await once(server.stdout, 'data')
  const endpoint = String(said).trim()
  const measureOne = async ([language, row]) => {
    const [file, args] =
      language === 'py'
        ? [python, ['-W', 'ignore', path.join(here, 'peers.py')]]
        : [process.execPath, ['--expose-gc', path.join(here, 'ours.mjs')]]
    const { stdout } = await exec(file, [...args, row, endpoint], { timeout: 300_000 })
    return JSON.parse(stdout.trim().split('\n').at(-1))
  }
  const lines = []
  const say = (line) => {
    lines.push(line)
    console.log(line)
  }
  try {
    const db = await BTrDB.connect({ endpoint, env: {}, home: '/nonexistent' })
    await plant(db, UUIDS.points, COUNT, STEP)
    await plant(db, UUIDS.million, 1_000_000, 1000n)
    await plant(db, UUIDS.many, 5_000_000, 1n)
    await db.close()
    const known = await measureAll(rounds, measureOne)
    say(
      `${os.cpus().length} × ${os.cpus()[0]?.model}, load ${os.loadavg()[0]?.toFixed(1)}, Node ${process.version}, median of ${rounds}\n`,
    )
    say('| row | ours | against | ratio of rates | of CPU | target |\n| --- | --- | --- | --- | --- | --- |')
    const compared = (title, mine, whose, other, target) =>
      say(
        `| ${title} | ${shown(mine)} | ${whose}: ${shown(other)} | ${ratio(mine, other, 'rate')} | ${ratio(mine, other, 'perCpu')} | ≥ ${target} |`,
      )
    for (const [title, row, target] of table)
      compared(title, known.get(`js ${row}`), 'Python', known.get(`py ${row}`), target)
    for (const [title, row, target] of bareTable) {
      const { ours, bare } = await measureOne(['js', row])
      compared(title, rates(ours), 'bare `@grpc/grpc-js`', rates(bare), target)
    }
    const codec = JSON.parse((await exec(process.execPath, [path.join(here, 'codec.mjs')])).stdout)
    const ns = (name) => `${codec[name].toFixed(0)} ns`
    say(
      `| codec: a point out, a point in, a window in | ${['pointOut', 'pointIn', 'windowIn'].map(ns).join(', ')} | | | | ≤ 40, 40, 100 ns |`,
    )
    const { megabytes } = await measureOne(['js', 'memory'])
    say(
      `| memory of \`rawValuesIter\` over 5,000,000 points | + ${megabytes.toFixed(0)} MB | | | | ≤ 30 MB |`,
    )
    const { whole, tenth } = await measureOne(['js', 'plot'])
    const kb = (bytes) => `${(bytes / 1000).toFixed(0)} kB`
    say(
      `| \`plot\` of 1,200 pixels over 10^6 points, and over a tenth | ${kb(whole)}, ${kb(tenth)} | | | | ≤ 150 kB |`,
    )
  } finally {
    server.stdin.end()
    await once(server, 'exit')
  }
  const folder = path.join(here, '../results')
  await mkdir(folder, { recursive: true })
  const name = `btrdb-${new Date().toISOString().replace(/[:.]/g, '-')}.md`
  await writeFile(path.join(folder, name), `${lines.join('\n')}\n`)
}

/** Round after round, so that what else the machine does falls on all alike. */
async function measureAll(rounds, measure) {
  const sides = new Map(
    table.flatMap(([, row]) => [
      [`js ${row}`, ['js', row]],
      [`py ${row}`, ['py', row]],
    ]),
  )
  const runs = new Map([...sides.keys()].map((key) => [key, []]))
  for (let round = 0; round < rounds; round++)
    for (const [key, side] of sides)
      runs.get(key).push(await measure(side).then(rates, (error) => ({ error: error.message })))
  return new Map([...runs].map(([key, all]) => [key, median(all)]))
}

function rates({ count, seconds, cpu }) {
  return { rate: count / seconds, perCpu: count / cpu }
}

function median(runs) {
  const good = runs.filter((run) => run.rate !== undefined)
  if (good.length === 0) return runs[0]
  const middle = (name) => good.map((run) => run[name]).sort((a, b) => a - b)[good.length >> 1]
  return { rate: middle('rate'), perCpu: middle('perCpu') }
}

function shown({ rate, perCpu, error }) {
  if (rate === undefined) return `failed: ${String(error).split('\n')[0].slice(0, 60)}`
  const text = rate >= 20_000 ? `${Math.round(rate / 1000)}k/s` : `${Math.round(rate)}/s`
  return `${text} (${(1e6 / perCpu).toPrecision(2)} µs CPU)`
}

function ratio(a, b, key) {
  return a[key] === undefined || b[key] === undefined ? '–' : (a[key] / b[key]).toFixed(2)
}
