// node bench/cli/run.mjs [rounds]
//
// The command line as a whole process, beside a bare Node, in one run: medians in ms, and what was asked of them. `get` is
// compared with pvxget or pvget where the PATH has one.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const rounds = Number(process.argv[2] ?? 20)
const dist = join(import.meta.dirname, '../../dist')
const program = join(dist, 'cli/main.js')
const NODE = process.execPath

const server = spawn(NODE, [program, 'serve', 'bench:x=1', '--isolated', '--json'], {
  stdio: ['ignore', 'pipe', 'ignore'],
})
const [line] = await once(server.stdout, 'data')
const { tcpPort, udpPort } = JSON.parse(String(line))
const env = {
  ...process.env,
  EPICS_PVA_AUTO_ADDR_LIST: 'NO',
  EPICS_PVA_ADDR_LIST: '127.0.0.1',
  EPICS_PVA_BROADCAST_PORT: String(udpPort),
  EPICS_PVA_INTF_ADDR_LIST: '127.0.0.1',
}
const named = { ...env, EPICS_PVA_ADDR_LIST: '', EPICS_PVA_NAME_SERVERS: `127.0.0.1:${tcpPort}` }
const other = ['pvxget', 'pvget'].find((tool) => spawnSync(tool, ['-V'], { env }).error === undefined)

const cli = (...args) => [NODE, [program, ...args]]
const runs = {
  'node -e 0': { command: [NODE, ['-e', '0']], code: 0 },
  '--help': { command: cli('--help'), code: 0, most: (node) => node + 35 },
  '--version': { command: cli('--version'), code: 0, most: (node) => node + 35 },
  'usage error': { command: cli('get', '--nope'), code: 2, most: (node) => node + 35 },
  'completion bash': { command: cli('completion', 'bash'), code: 0, most: (node) => node + 35 },
  ...(other && { [other]: { command: [other, ['bench:x']], code: 0, env } }),
  get: {
    command: cli('get', 'bench:x'),
    code: 0,
    most: (node, theirs) => (theirs === undefined ? undefined : node + 1.3 * theirs + 60),
  },
}

const times = Object.fromEntries(Object.keys(runs).map((name) => [name, []]))
for (let round = 0; round < rounds; round++) {
  for (const [name, { command, code, env: own = named }] of Object.entries(runs)) {
    const begin = performance.now()
    const { status, stderr } = spawnSync(...command, { env: own })
    times[name].push(performance.now() - begin)
    if (status !== code) throw new Error(`${name} ended with ${status}: ${stderr}`)
  }
}
server.kill()

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const node = median(times['node -e 0'])
const theirs = other && median(times[other])
for (const [name, { most }] of Object.entries(runs)) {
  const limit = most?.(node, theirs)
  const wanted = limit === undefined ? '' : `  at most ${limit.toFixed(0)}`
  console.log(`${name.padEnd(16)} ${median(times[name]).toFixed(0).padStart(5)} ms${wanted}`)
}

// Files that hold nothing but the command line.
const rooms = readdirSync(join(import.meta.dirname, '../../lib-ts'))
  .map((name) => name.replace(/\.ts$/, ''))
  .filter((name) => name !== 'cli')
const others = new Set([...rooms, 'core', 'values'].map((name) => `${name}.js`))
const chunks = readdirSync(join(dist, 'chunks')).filter((name) => name.endsWith('.js') && !others.has(name))
const files = [program, ...chunks.map((name) => join(dist, 'chunks', name))]
const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0)
console.log(`JS of the command line ${(bytes / 1_000).toFixed(0)} kB, at most 120`)
