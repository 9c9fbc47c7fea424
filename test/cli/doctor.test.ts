// node-pvxs doctor on hosts of its own: each fault gives its finding and no other failure, each healthy host gives none.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import { hosts, Network, type Host } from '../faults/hosts.js'
import { environment, program, run } from './run.js'
import { join } from 'node:path'

const need = await hosts()
const stage = join(import.meta.dirname, 'stage.mjs')
const waits = join(import.meta.dirname, 'waits.cjs')
const folder = mkdtempSync(join(tmpdir(), 'node-pvxs-doctor-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Finding {
  readonly check: string
  readonly status: string
  readonly finding: string
  readonly text: string
  readonly detail?: Record<string, unknown>
}

interface Diagnosis {
  readonly exit: number | null
  readonly findings: readonly Finding[]
  readonly stderr: string
  /** The findings of that status. */
  readonly of: (status: string) => string[]
}

const LISTENING = 1 // s

/** Starts a program on a host and waits until it says that it is ready. */
async function started(host: Host, ready: RegExp, ...command: string[]): Promise<AsyncDisposable> {
  const { PATH = '', HOME = '' } = environment()
  const [file = '', ...args] = host.command(process.execPath, ...command)
  const child = spawn(file, args, { env: { PATH, HOME }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const over = once(child, 'close')
  await new Promise<void>((resolve, reject) => {
    const take = (text: Buffer): void => {
      said += String(text)
      if (ready.test(said)) resolve()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('close', () => reject(new Error(`it ended: ${said}`)))
  })
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await over
    },
  }
}

const serve = (host: Host, ...args: string[]): Promise<AsyncDisposable> =>
  started(host, /^try: /m, program, 'serve', ...args)
const staged = (host: Host, ...args: string[]): Promise<AsyncDisposable> =>
  started(host, /^ready$/m, stage, ...args)

/** What the doctor says on a host. */
async function doctor(
  host: Host,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  before = '',
): Promise<Diagnosis> {
  const { PATH = '', HOME = '' } = environment()
  const words = ['--require', waits, program, 'doctor', ...args, '--json', '-w', String(LISTENING)]
  const line = `${before} exec "$0" "$@"`
  const [file = '', ...rest] = host.command('sh', '-c', line, process.execPath, ...words)
  const waited = join(folder, randomUUID())
  const child = spawn(file, rest, { env: { PATH, HOME, WAITS: waited, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text: Buffer) => (stdout += String(text)))
  child.stderr.on('data', (text: Buffer) => (stderr += String(text)))
  const [exit] = (await once(child, 'close')) as [number | null]
  expect(Number(readFileSync(waited, 'utf8'))).toBeLessThan((LISTENING + 4) * 1_000)
  const objects = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Record<string, unknown>)
  expect(objects.at(-1)).toEqual({ exit, findings: objects.length - 1 })
  const findings = objects.slice(0, -1) as unknown as Finding[]
  const of = (status: string): string[] =>
    findings.filter((one) => one.status === status).map(({ finding }) => finding)
  return { exit, findings, stderr, of }
}

interface Healthy {
  readonly name: string
  readonly args?: readonly string[]
  readonly env?: Record<string, string>
}

describe.skipIf(need.missing)(need.named('a healthy host'), { concurrent: true, timeout: 60_000 }, () => {
  const { SERVER } = Network
  it.each<Healthy>([
    { name: 'by broadcast' },
    { name: 'by broadcast, without a name', args: [] },
    { name: 'by the server’s address', env: { EPICS_PVA_ADDR_LIST: SERVER, EPICS_PVA_AUTO_ADDR_LIST: 'NO' } },
    {
      name: 'by the broadcast address in the list',
      env: { EPICS_PVA_ADDR_LIST: '10.99.0.255', EPICS_PVA_AUTO_ADDR_LIST: 'NO' },
    },
    { name: 'by a name server', env: { EPICS_PVA_NAME_SERVERS: SERVER, EPICS_PVA_AUTO_ADDR_LIST: 'NO' } },
    { name: 'with its interface named', env: { EPICS_PVA_INTF_ADDR_LIST: Network.CLIENT } },
    { name: 'with variables of others', env: { EPICS_PVA_CONN_TMO: '30', EPICS_PVAS_SERVER_PORT: '5075' } },
  ])('$name gives neither a warning nor a failure', async ({ args = ['x'], env }) => {
    await using network = await Network.make()
    await using _server = await serve(network.server, 'x=1', 'y sim=sine')
    const { exit, of, stderr } = await doctor(network.client, args, env)
    expect({ exit, fail: of('fail'), warn: of('warn'), stderr }).toEqual({
      exit: 0,
      fail: [],
      warn: [],
      stderr: '',
    })
  })

  it('with a value that moves, and with the server on it, gives none either', async () => {
    await using network = await Network.make()
    await using _server = await serve(network.client, 'x sim=sine')
    const { exit, of, findings } = await doctor(network.client, ['x', '--strict'])
    expect({ exit, fail: of('fail'), warn: of('warn') }).toEqual({ exit: 0, fail: [], warn: [] })
    expect(findings.filter(({ check }) => check === 'read')[0]?.text).toMatch(/^epics:nt\/NTScalar:1\.0, /)
  })
})

interface Fault {
  readonly finding: string
  readonly exit: number
  readonly status?: 'fail' | 'warn' | 'note'
  /** Other findings that come with it, by status. */
  readonly also?: Record<string, string[]>
  readonly args?: readonly string[]
  readonly env?: Record<string, string>
  readonly before?: string
  /** What there is besides the network. */
  readonly stage?: (network: Network) => Promise<AsyncDisposable | undefined>
  readonly text?: RegExp
}

const { SERVER } = Network
const served = (network: Network): Promise<AsyncDisposable> => serve(network.server, 'x=1')
const faults: readonly Fault[] = [
  {
    finding: 'env-misspelt',
    exit: 10,
    env: { EPICS_PVA_ADDRLIST: '10.0.0.1' },
    stage: served,
    text: /EPICS_PVA_ADDR_LIST/,
  },
  { finding: 'env-ca-only', exit: 0, status: 'note', env: { EPICS_CA_ADDR_LIST: '10.0.0.1' }, stage: served },
  {
    finding: 'env-ca-only',
    exit: 12,
    status: 'warn',
    args: ['nope'],
    env: { EPICS_CA_ADDR_LIST: '10.0.0.1' },
    stage: served,
    also: { fail: ['not-found'] },
  },
  { finding: 'env-invalid', exit: 10, env: { EPICS_PVA_BROADCAST_PORT: '70000' }, stage: served },
  { finding: 'env-invalid', exit: 10, env: { EPICS_PVA_ADDR_LIST: '10.0.0.300' }, stage: served },
  {
    finding: 'host-unresolved',
    exit: 10,
    env: { EPICS_PVA_NAME_SERVERS: 'no-such-host.invalid' },
    stage: served,
  },
  { finding: 'no-destinations', exit: 10, env: { EPICS_PVA_AUTO_ADDR_LIST: 'NO' }, stage: served },
  { finding: 'fd-limit', exit: 13, before: 'ulimit -n 100;', stage: served },
  { finding: 'udp-port-taken', exit: 13, stage: (network) => staged(network.client, 'udp-held') },
  {
    finding: 'tcp-port-foreign',
    exit: 0,
    status: 'note',
    args: [],
    stage: (network) => staged(network.client, 'tcp-foreign'),
  },
  {
    finding: 'tcp-port-foreign',
    exit: 0,
    status: 'note',
    args: [],
    stage: (network) => staged(network.client, 'tcp-mute'),
  },
  {
    finding: 'self-test',
    exit: 11,
    stage: async (network) => {
      const server = await served(network)
      network.client.run('ip link set lo down')
      return server
    },
  },
  {
    finding: 'clock-ahead',
    exit: 0,
    status: 'warn',
    stage: (network) => staged(network.server, 'clock', '60'),
  },
  {
    finding: 'clock-behind',
    exit: 0,
    status: 'warn',
    stage: (network) => staged(network.server, 'clock', '-60'),
  },
  {
    finding: 'clock-behind',
    exit: 13,
    status: 'warn',
    args: ['x', '--strict'],
    stage: (network) => staged(network.server, 'clock', '-60'),
  },
  { finding: 'interface-missing', exit: 11, env: { EPICS_PVA_INTF_ADDR_LIST: '10.1.2.3' }, stage: served },
  { finding: 'unreachable', exit: 11, env: { EPICS_PVA_ADDR_LIST: '10.99.0.77' }, stage: served },
  { finding: 'name-server-down', exit: 11, env: { EPICS_PVA_NAME_SERVERS: SERVER } },
  {
    finding: 'name-server-silent',
    exit: 11,
    env: { EPICS_PVA_NAME_SERVERS: SERVER },
    stage: (network) => staged(network.server, 'tcp-mute'),
  },
  {
    finding: 'name-server-foreign',
    exit: 11,
    env: { EPICS_PVA_NAME_SERVERS: SERVER },
    stage: (network) => staged(network.server, 'tcp-foreign'),
    text: /SSH-2\.0-other/,
  },
  { finding: 'none-heard', exit: 0, status: 'warn', args: [] },
  { finding: 'not-found', exit: 12, args: ['X'], stage: served, also: { note: ['name-similar'] } },
  {
    finding: 'name-duplicate',
    exit: 12,
    stage: async (network) => {
      const one = await serve(network.client, 'x=1')
      const other = await served(network)
      return {
        [Symbol.asyncDispose]: async () => {
          await one[Symbol.asyncDispose]()
          await other[Symbol.asyncDispose]()
        },
      }
    },
  },
  {
    finding: 'reply-address',
    exit: 11,
    stage: (network) => staged(network.server, 'responder', '10.99.0.77', '5075'),
  },
  { finding: 'tcp-refused', exit: 11, stage: (network) => staged(network.server, 'responder', '', '5075') },
  { finding: 'server-silent', exit: 12, stage: (network) => staged(network.server, 'mute-server') },
  { finding: 'refused', exit: 12, stage: (network) => staged(network.server, 'refusing') },
  {
    finding: 'udp-blocked',
    exit: 11,
    env: { EPICS_PVA_ADDR_LIST: SERVER, EPICS_PVA_AUTO_ADDR_LIST: 'NO' },
    stage: async (network) => {
      const server = await served(network)
      network.server.drop(100, 'udp dport 5076')
      return server
    },
  },
  {
    finding: 'tcp-silent',
    exit: 11,
    stage: async (network) => {
      const server = await served(network)
      network.server.drop(100, 'tcp dport 5075')
      return server
    },
  },
  {
    finding: 'wrong-address-list',
    exit: 10,
    env: { EPICS_PVA_ADDR_LIST: '10.99.0.77', EPICS_PVA_AUTO_ADDR_LIST: 'NO' },
    stage: served,
    text: /10\.99\.0\.2:5075/,
  },
]

// Where a PV that is not found is only what follows from the fault.
const FOLLOWS = new Set(['not-found', 'none-heard', 'elsewhere', 'unreachable', 'not-reached'])

describe.skipIf(need.missing)(need.named('a faulty host'), { concurrent: true, timeout: 60_000 }, () => {
  it.each(faults)('$finding ($status, exit $exit)', async (fault) => {
    const { finding, exit, status = 'fail', also = {}, args = ['x'], env, before, stage, text } = fault
    await using network = await Network.make()
    await using _more = await stage?.(network)
    const seen = await doctor(network.client, args, env, before)
    const expected = { fail: [...(status === 'fail' ? [finding] : []), ...(also['fail'] ?? [])] }
    expect({ exit: seen.exit, fail: seen.of('fail') }).toEqual({ exit, ...expected })
    expect(seen.of(status)).toContain(finding)
    for (const [other, names] of Object.entries(also))
      expect(seen.of(other)).toEqual(expect.arrayContaining(names))
    const warned = seen.of('warn').filter((one) => one !== finding && !FOLLOWS.has(one))
    expect(warned).toEqual([])
    if (text !== undefined) expect(seen.findings.find((one) => one.finding === finding)?.text).toMatch(text)
  })

  it('with IPv6 only: ipv6-only', async () => {
    await using network = await Network.make()
    network.client.run(`ip addr del ${Network.CLIENT}/24 dev cable`)
    network.client.run('ip addr add 2001:db8::1/64 dev cable nodad')
    const { exit, of } = await doctor(network.client, [])
    expect({ exit, fail: of('fail') }).toEqual({ exit: 11, fail: ['ipv6-only'] })
  })

  it('with loopback only, and with two networks: notes', async () => {
    await using network = await Network.make()
    await using _server = await serve(network.client, 'x=1')
    network.client.run('ip addr add 10.98.0.1/24 broadcast 10.98.0.255 dev cable')
    const two = await doctor(network.client, ['x'])
    expect({ exit: two.exit, warn: two.of('warn') }).toEqual({ exit: 0, warn: [] })
    expect(two.findings.find(({ finding }) => finding === 'multi-homed')?.text).toContain('10.98.0.255')
    network.client.run('ip link set cable down')
    network.client.run('ip addr flush dev cable')
    const alone = await doctor(network.client, ['x'])
    expect({ exit: alone.exit, warn: alone.of('warn') }).toEqual({ exit: 0, warn: [] })
    expect(alone.of('note')).toContain('loopback-only')
  })

  it('of which everything is silent is told so in time', async () => {
    await using network = await Network.make()
    await using _server = await staged(network.server, 'mute-server')
    await using _mute = await staged(network.server, 'tcp-mute', '5099')
    const { exit, of } = await doctor(network.client, ['x'], {
      EPICS_PVA_ADDR_LIST: `${SERVER} 10.99.0.77 10.99.0.78 no-such-host.invalid`,
      EPICS_PVA_NAME_SERVERS: `${SERVER}:5099 10.99.0.79 no-such-name-server.invalid`,
    })
    expect(exit).toBe(10)
    expect(of('fail')).toEqual(
      expect.arrayContaining(['host-unresolved', 'name-server-silent', 'unreachable', 'server-silent']),
    )
  })

  it('shows text of the network harmless', async () => {
    await using network = await Network.make()
    await using _more = await staged(network.server, 'refusing')
    const [file = '', ...rest] = network.client.command(process.execPath, program, 'doctor', 'x', '-w', '1')
    const child = spawn(file, rest, { env: { PATH: process.env['PATH'] } })
    let out = ''
    child.stdout.on('data', (text: Buffer) => (out += String(text)))
    await once(child, 'close')
    expect(out).toContain('refused')
    expect(out).toContain('\\x1b[2J')
    expect(out).not.toContain('\u001b')
  })
})

describe('doctor', () => {
  it.each([
    [['a', 'b'], 'one PV at a time'],
    [['a\tb'], 'is not a PV name'],
    [['-w', '0'], 'the doctor listens for 600 s at most'],
    [['-w', 'x'], 'is not a time'],
    [['--strickt'], 'did you mean "--strict"?'],
  ])('%j is exit 2 and a sentence', async (args, text) => {
    const { code, stdout, stderr } = await run(['doctor', ...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(text)
  })
})
