// npm run bench [-- [stream] --rows monitor,get-1 --sides C++,await --rounds 5 --seconds 3]
//
// Runs each row's clients in turn against one server process, round after round, and prints medians, the ratio to the
// C++ program of the same run, and the spread. Everything goes to bench/results/ as JSON and Markdown too.
// --rows takes groups and names (see rows.mjs; --list 1 shows them); what stands by itself is one of them too.

import { mkdir, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { Program, runClient } from './programs.mjs'
import { markdown, show, summarise } from './report.mjs'
import { rows } from './rows.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '' },
    sides: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    list: { type: 'string', default: '0' },
    count: { type: 'string', default: '200000' },
  },
})
if (positionals.includes('influx')) {
  const { runInflux } = await import('./influx/run.mjs')
  await runInflux({ count: Number(values.count), rounds: Number(values.rounds) })
  process.exit(0)
}
if (positionals.includes('record')) {
  const { runRecord } = await import('./record/run.mjs')
  await runRecord({ count: Number(values.count), rounds: Number(values.rounds) })
  process.exit(0)
}
if (positionals.includes('pi')) {
  const { runPi } = await import('./pi/run.mjs')
  await runPi()
  process.exit(0)
}
if (positionals.includes('bridge')) {
  const { runBridge } = await import('./bridge/run.mjs')
  await runBridge({ seconds: Number(values.seconds), rounds: Number(values.rounds) })
  process.exit(0)
}
if (positionals.includes('btrdb')) {
  const { runBtrdb } = await import('./btrdb/run.mjs')
  await runBtrdb({ rounds: Number(values.rounds) })
  process.exit(0)
}
if (positionals.includes('cli')) {
  const { runCli } = await import('./cli/run.mjs')
  await runCli({ rounds: Number(values.rounds) })
  process.exit(0)
}
const list = (text) => text.split(',').filter(Boolean)
const wantedRows = [...list(values.rows), ...positionals]
const wantedSides = list(values.sides)
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

const chosen = rows.filter(
  (r) => wantedRows.length === 0 || wantedRows.includes(r.group) || wantedRows.includes(r.id),
)
for (const name of wantedRows) {
  if (!rows.some((r) => r.group === name || r.id === name)) throw new Error(`no row or group '${name}'`)
}
if (values.list === '1') {
  for (const r of chosen) console.log(`${r.group.padEnd(11)} ${r.id.padEnd(20)} ${r.title}`)
  process.exit(0)
}

const timed = (row) => (row.kind === 'time' || row.kind === 'memory' ? {} : { seconds })

/** One client against the row's server. */
async function client(row, [language, program, args], server) {
  const address = server ? { server: `127.0.0.1:${server}` } : {}
  return runClient(language, program, { ...address, ...args, ...timed(row) })
}

/** One server, and a C++ consumer that receives what it posts. */
async function poster(row, [language, program, args, consumer]) {
  const server = await Program.start(language, program, args)
  try {
    const { tcp } = await server.next()
    server.mark() // go
    const received = await runClient(
      'cpp',
      'consumer',
      { server: `127.0.0.1:${tcp}`, name: 'post:', ...consumer, ...timed(row) },
      async () => {
        server.mark()
        await server.next()
      },
    )
    server.mark()
    const sent = await server.next()
    if (received.wrong) throw new Error(`${received.wrong} updates arrived damaged`)
    return { ...sent, delivered: received.updates / received.seconds / (consumer.contexts ?? 1) }
  } finally {
    await server.stop()
  }
}

async function measure(row) {
  const sides = Object.entries(row.sides).filter(
    ([name]) => wantedSides.length === 0 || wantedSides.includes(name),
  )
  const runs = Object.fromEntries(sides.map(([name]) => [name, []]))
  const server = row.server ? await Program.start('cpp', ...row.server) : undefined
  try {
    const port = server ? (await server.next()).tcp : undefined
    for (let round = 0; round < rounds; round++) {
      for (const [name, side] of sides) {
        // A side that cannot (a peer that is missing, a crash) is shown as failed, and does not end the run.
        const result =
          row.kind === 'post' || row.kind === 'arrays' ? poster(row, side) : client(row, side, port)
        runs[name].push(await result.catch((e) => ({ error: e.message })))
      }
    }
  } finally {
    await server?.stop()
  }
  return runs
}

const cpu = os.cpus()
console.log(
  `${cpu.length} × ${cpu[0]?.model ?? 'unknown'}, load ${os.loadavg()[0]?.toFixed(1)}, Node ${process.version}; ` +
    `${rounds} rounds of ${seconds} s\n`,
)
const folder = path.join(here, 'results')
await mkdir(folder, { recursive: true })
const stamp = new Date().toISOString().replace(/[:.]/g, '-')
const about = { node: process.version, cpus: cpu.length, rounds, seconds }
const results = []
let failed = 0
for (const row of chosen) {
  const runs = await measure(row)
  const summary = summarise(row, runs)
  // A peer that fails is a line in the table; what fails on our side or C++'s is a fault.
  failed += Object.entries(summary.sides).filter(
    ([name, s]) => s.figure === undefined && !['p4p', 'aiopvxs'].includes(name),
  ).length
  results.push({ ...summary, runs })
  console.log(`${show(summary)}\n`)
  // After each row: a run that is broken off has what it measured.
  await writeFile(path.join(folder, `${stamp}.json`), JSON.stringify({ about, results }, null, 1))
}
await writeFile(path.join(folder, `${stamp}.md`), `${markdown(results)}\n`)
console.log(`${markdown(results)}\n\nwritten to bench/results/${stamp}.json`)
if (failed > 0) process.exitCode = 1
