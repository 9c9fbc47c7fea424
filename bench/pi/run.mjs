// npm run bench -- pi
//
// Our client of PI Web API against the least that the same work costs in plain Node, in one run, with a server in a
// process of its own that does next to nothing. Prints a table, and writes it to bench/results/.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const here = import.meta.dirname
const exec = promisify(execFile)

export async function runPi() {
  const server = spawn(process.execPath, [path.join(here, 'server.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [text] = await once(server.stdout, 'data')
  const url = String(text).trim()
  const measure = async (row, count = 0) => {
    const argv = ['--expose-gc', path.join(here, 'ours.mjs'), row, url, String(count)]
    return JSON.parse((await exec(process.execPath, argv, { timeout: 300_000 })).stdout)
  }
  const lines = []
  const say = (line) => {
    lines.push(line)
    console.log(line)
  }
  try {
    say(
      `${os.cpus().length} × ${os.cpus()[0]?.model}, load ${os.loadavg()[0]?.toFixed(1)}, Node ${process.version}\n`,
    )
    say('| row | ours | against | target |\n| --- | --- | --- | --- |')
    const ms = ({ wall, cpu }) => `${wall.toFixed(0)} ms, ${cpu.toFixed(0)} ms CPU`
    const compare = async (row, count, { what, against, target }) => {
      const { ours, other } = await measure(row, count)
      const ratio = (key) => (other[key] / ours[key]).toFixed(2)
      say(
        `| ${what} | ${ms(ours)} | ${against}: ${ms(other)}; ratio ${ratio('wall')}, by CPU ${ratio('cpu')} | ${target} |`,
      )
    }
    await compare('columns', 0, {
      what: 'request + `columns()` of 200,000 rows',
      against: '`fetch` + `JSON.parse` + a walk',
      target: '≥ 0.8',
    })
    await compare('select', 0, {
      what: 'request + `select()` of two fields of 200,000 rows',
      against: '`fetch` + `JSON.parse` + two `map`',
      target: '≥ 0.74',
    })
    await compare('channel', 20_000, {
      what: '20,000 messages of a channel, 10 values each, taken by `for await`',
      against: '`ws` + `JSON.parse`',
      target: '≥ 0.6',
    })
    const sink = await measure('sink')
    const us = ({ wall, cpu }) => `${wall.toFixed(2)} µs, ${cpu.toFixed(2)} µs CPU`
    say(
      `| \`sink().write\` of 5000 samples, per sample | ${us(sink.ours)} | the same bytes sent: ${us(sink.other)}; encoding ${(sink.ours.cpu - sink.other.cpu).toFixed(2)} µs CPU | ≤ 2 µs |`,
    )
    const small = await measure('memory', 100_000)
    const large = await measure('memory', 1_000_000)
    const mb = ({ megabytes }) => `${megabytes.toFixed(0)} MB`
    say(
      `| peak memory of \`history().read\`, 1,000,000 events | ${mb(large)} | 100,000 events: ${mb(small)}; + ${(large.megabytes - small.megabytes).toFixed(0)} MB | ≤ + 50 MB |`,
    )
    const resolve = await measure('resolve', 10_000)
    const most = Math.ceil((10_000 * resolve.bytes) / 4000) + 1
    say(
      `| requests of \`resolve\`, 10,000 paths twice | ${resolve.requests} | 10,000 · ${resolve.bytes} bytes / 4000 + 1 = ${most} | ≤ ${most} |`,
    )
  } finally {
    server.stdin.end()
    await once(server, 'exit')
  }
  const folder = path.join(here, '../results')
  await mkdir(folder, { recursive: true })
  const name = `pi-${new Date().toISOString().replace(/[:.]/g, '-')}.md`
  await writeFile(path.join(folder, name), `${lines.join('\n')}\n`)
}
