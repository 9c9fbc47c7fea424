// What holds for every command that ends by itself: stdout is data and stderr is talk, success is silent there, 0 means
// done, and nothing of the network acts on a terminal. Signals, closed pipes, full disks. Those that run until they are ended:
// rules-serving.test.ts; whatever is typed: rules-typed.test.ts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NTEnum, NTScalar, RemoteError, SharedPV, TypeDef, type Server, type Value } from 'node-pvxs'
import { failureText } from '../../lib-ts/cli/failures.js'
import { Formatter } from '../../lib-ts/cli/output/formats.js'
import { layout } from '../../lib-ts/cli/output/layout.js'
import { commands } from '../../lib-ts/cli/table.js'
import { Host, hosts } from '../faults/hosts.js'
import { onLinux, onPosix } from '../needs.js'
import { filled } from '../unit/arbitrary.js'
import { commandLine, environment, run, Running, type Options } from './run.js'
import { ACTING, expectSentence, nasty, serveEveryKind } from './served.js'

// The doctor asks the whole network, so it gets one of its own.
const own = await hosts()
const needOf = (name: string): typeof own => (name === 'doctor' ? own : met)
const met: typeof own = { missing: false, named: (name) => name }

let server: Server
let folder: string
let host: Host | undefined
/** Takes connections and says nothing. */
const mute = createServer(() => undefined)
beforeAll(async () => {
  mute.listen(0, '127.0.0.1')
  await once(mute, 'listening')
  if (!own.missing) {
    host = await Host.make()
    host.run('ip link set lo up')
  }
  server = await serveEveryKind({
    'x:add': new SharedPV({
      onRpc: ({ args }) => new NTScalar('string').create({ value: `${String(args['a'])}${nasty}` }),
    }),
    'x:refuse': new SharedPV({
      onRpc: () => {
        throw new RemoteError(nasty)
      },
    }),
    'x:hostile': SharedPV.mailbox(new TypeDef('struct', nasty, { value: 'string' }), { value: nasty }),
    'x:labels': SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices: [nasty, 'b'] } }),
  })
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-rules-'))
  await recorded('x:double', 'x:nasty')
})
afterAll(async () => {
  mute.close()
  await host?.[Symbol.asyncDispose]()
  await server.close()
  await rm(folder, { recursive: true })
})

/** Has them recorded, for history to read. */
async function recorded(...names: string[]): Promise<void> {
  await using running = new Running(['record', ...names, '--to', 'jsonl:-'], { server })
  const lines = []
  for (const _ of names) lines.push(await running.line())
  await writeFile(join(folder, 'store.jsonl'), lines.map((line) => `${line}\n`).join(''))
}

/** A run of each command that does what was asked, and ends by itself. */
const succeeding: Readonly<Record<string, readonly string[]>> = {
  get: ['x:double', 'x:nasty'],
  monitor: ['x:nasty', '-n', '1'],
  put: ['x:hostile', nasty, '--show'],
  call: ['x:add', 'a=1'],
  info: ['x:hostile'],
  list: ['SERVER'],
  types: ['x:hostile'],
  completion: ['bash'],
  config: [],
  bench: ['x:double', '--for', '50ms'],
  history: ['x:double', '--store', 'STORE', '--from', '1', '--to', '4000000000'],
  doctor: ['-w', '0.2'],
  'watch-net': ['--bind', '127.0.0.1:UDP', '--for', '50ms', '--top'],
}

/** They run until they are ended: rules-serving.test.ts. */
const serving = ['serve', 'bridge', 'record']

it('every command is held to the rules', () => {
  const held = [...Object.keys(succeeding), ...serving]
  expect(Object.keys(commands).filter((name) => !held.includes(name))).toEqual([])
})

/** A run of each command whose server answers with text that a terminal would act on. */
const hostile: readonly (readonly string[])[] = [
  ['get', 'x:nasty', 'x:hostile', 'x:labels'],
  ['get', 'x:nasty', '-F', 'delta'],
  ['get', 'x:hostile', '-F', 'tree'],
  ['get', 'x:refusing'],
  ['monitor', 'x:nasty', '-n', '1'],
  ['put', 'x:hostile', 'a', '--dry-run'],
  ['put', 'x:labels', 'nope'],
  ['put', 'x:hostile', '--json', nasty],
  ['call', 'x:add', 'a=1'],
  ['call', 'x:refuse'],
  ['info', 'x:hostile'],
  ['types', 'x:hostile'],
  // record and history write JSON into a pipe, where JSON's own escapes do; a terminal: ends.test.ts. The doctor, watch-net and
  // serve have servers, clients and puts of their own for this: doctor.test.ts, watch-net.test.ts, rules-serving.test.ts.
]

const at = (args: readonly string[]): string[] =>
  args.map((arg) =>
    arg
      .replace('SERVER', `127.0.0.1:${server.tcpPort}`)
      .replace('STORE', `jsonl:${join(folder, 'store.jsonl')}`)
      .replace('UDP', String(server.udpPort))
      .replace('MUTE', String((mute.address() as AddressInfo).port)),
  )
// Nothing is configured, and there is nothing but loopback.
const alone = { EPICS_PVA_AUTO_ADDR_LIST: '', EPICS_PVA_INTF_ADDR_LIST: '', EPICS_PVA_NAME_SERVERS: '' }
const where = (name: string): Options => (name === 'doctor' ? { host, env: alone } : { server })

describe.each(Object.entries(succeeding))('%s', (name, args) => {
  const need = needOf(name)

  it.skipIf(need.missing)(need.named('succeeds with data on stdout and nothing on stderr'), async () => {
    const { code, stdout, stderr } = await run([name, ...at(args)], where(name))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toBe('')
  })

  it.skipIf(onLinux.missing || need.missing)(
    onLinux.named(need.named('is 1 with a sentence when the disk is full')),
    async () => {
      const full = await open('/dev/full', 'w')
      const { code, stderr } = await started([name, ...at(args)], where(name), full.fd)
      await full.close()
      expect(code).toBe(1)
      expectSentence(stderr)
      expect(stderr).toContain('the output cannot be written: ENOSPC')
    },
  )

  it.skipIf(onPosix.missing || need.missing)(
    onPosix.named(need.named('is 0, and quiet, when its reader has closed the pipe')),
    async () => {
      const line = '"$@" | true; exit ${PIPESTATUS[0]}'
      const [file, words] = commandLine([name, ...at(args)], where(name))
      const child = spawn('bash', ['-c', line, 'bash', file, ...words], { env: environment(where(name)) })
      let stderr = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      const [code] = (await once(child, 'close')) as [number | null]
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    },
  )
})

async function started(
  args: readonly string[],
  options: Options,
  stdout: number,
): Promise<{ code: number | null; stderr: string }> {
  const env = environment(options)
  const child = spawn(...commandLine(args, options), { env, stdio: ['ignore', stdout, 'pipe'] })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stderr }
}

it.each(hostile)('%s %s: no text of the network acts on a terminal', async (...words) => {
  const { stdout, stderr } = await run(words, { server })
  expect(stdout + stderr).not.toBe('')
  expect(stdout).not.toMatch(ACTING)
  expect(stderr).not.toMatch(ACTING)
})

it('no text of a value acts on a terminal, in any format', () => {
  const formats = [
    'line',
    'delta',
    'tree',
    'json',
    'csv',
    'raw',
    [{ path: 'value' }, { text: '\n' }],
  ] as const
  fc.assert(
    fc.property(filled, fc.string({ unit: 'binary' }), (made, text) => {
      const value = made.$freeze() as Value
      for (const format of formats) {
        if (typeof format !== 'string' && value.$type.members.every(({ name }) => name !== 'value')) continue
        const formatter = new Formatter(
          {
            format,
            maxItems: undefined,
            precision: undefined,
            time: 'utc',
            enums: 'label',
            int64: 'string',
            color: false,
            terminal: true,
          },
          [text],
        )
        expect(formatter.reading({ name: text, value, update: true }).replaceAll('\t', '')).not.toMatch(
          ACTING,
        )
      }
      expect(layout(value.$type)).not.toMatch(ACTING)
      expect(failureText(text, new Error(text), true).replaceAll('\t', '')).not.toMatch(ACTING)
    }),
    { numRuns: 300 },
  )
})

describe.skipIf(onPosix.missing)(onPosix.named('a signal'), () => {
  const waiting = [
    ['get', 'nope', '-w', '0'],
    ['monitor', 'x:double'],
    ['put', 'nope', '1', '-w', '0'],
    ['call', 'nope', '-w', '0'],
    ['info', 'nope', '-w', '0'],
    ['list', '-w', '0'],
    ['types', 'nope', '-w', '0'],
    ['bench', 'nope', '-w', '0'],
    ['doctor', '-w', '600', '-d'],
    ['watch-net', '--bind', '127.0.0.1:UDP'],
    ['history', 'x', '--store', 'influx://127.0.0.1:MUTE/db'],
  ]
  const cases = waiting.flatMap((args) =>
    (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => ({
      args,
      signal,
      need: needOf(args[0] ?? ''),
    })),
  )
  const runnable = cases.filter(({ need }) => !need.missing)
  if (runnable.length < cases.length) it.skip(own.named('ends the doctor'), () => undefined)

  it.each(runnable)('$signal ends $args at once, without a word', async ({ args, signal }) => {
    const [name = ''] = args
    const asked = name === 'history' ? once(mute, 'connection') : undefined
    await using running = new Running([...at(args), '-v'], {
      ...where(name),
      env: name === 'doctor' ? alone : { EPICS_PVA_NAME_SERVERS: '127.0.0.1:9' },
    })
    await (asked ?? running.says(/addressList|watching UDP port|DEBUG/))
    const before = running.stderr
    running.child.kill(signal)
    const { code, stderr } = await running.ended
    expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal])
    expect(stderr.slice(before.length).replace(/^\d{4}-.*\n|^\w+ = .*\n/gm, '')).toBe('')
  })
})
