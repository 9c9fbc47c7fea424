// Calls of a process that is out of descriptors or threads: each is rejected with what there is too little of.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Context, NTScalar, Server, SharedPV } from 'node-pvxs'
import { Int32, leavesNothing, rejection } from '../unit/fixtures.js'
import { onLinux, onPosix, programs, unless } from '../needs.js'
import { kinds, ServerProcess } from './process.js'

leavesNothing()

const program = fileURLToPath(new URL('./programs/shortage.mjs', import.meta.url))
let server: ServerProcess
beforeAll(async () => {
  server = await ServerProcess.start(kinds.ours)
})
afterAll(() => server[Symbol.asyncDispose]())

type Told = readonly [left: number, call: string, outcome: string]

/** Runs the calls in a process under the limits that the shell command sets, and returns what they came to. */
async function calls(limits: string, first: number, last: number, what: string): Promise<readonly Told[]> {
  const command = `ulimit -c 0; ${limits} "$0" "$@"`
  const args = ['-c', command, process.execPath, program, `${server.tcpPort}`, `${first}`, `${last}`, what]
  const child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')])
  expect({ code: code as number | null, signal: signal as string | null }, said.slice(-500)).toEqual({
    code: 0,
    signal: null,
  })
  return said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told)
}

/** How many threads a Node has that runs a module and reads files. */
async function threadsOfNode(): Promise<number> {
  const count = `
    import { readdirSync } from 'node:fs'
    import { readFile } from 'node:fs/promises'
    await Promise.all(Array.from({ length: 9 }, () => readFile('/proc/self/stat')))
    console.log(readdirSync('/proc/self/task').length)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', count], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return Number(await text(child.stdout))
}

const failed = (told: readonly Told[]): readonly Told[] => told.filter(([, , outcome]) => outcome !== 'ok')

describe.skipIf(onPosix.missing)(onPosix.named('out of file descriptors the process does not abort'), () => {
  it(
    'every call with 0 to 40 descriptors left rejects with "too many open files", or succeeds',
    { timeout: 120_000 },
    async () => {
      const told = await calls('ulimit -n 150; exec', 0, 40, 'files')
      for (const [left, call, outcome] of failed(told)) {
        expect([left, call, outcome]).toEqual([
          left,
          call,
          expect.stringMatching(/^ERR_PVA_RESOURCE .*too many open files: this process may have 150/),
        ])
      }
      for (const call of new Set(told.map(([, name]) => name))) {
        const outcomes = told.filter(([, name]) => name === call).map(([, , outcome]) => outcome === 'ok')
        expect([call, outcomes.at(0), outcomes.at(-1)]).toEqual([call, false, true])
      }
    },
  )

  // The first context of a process takes more than later ones.
  it.each([7, 8, 9])('also the first calls, with %d left', { timeout: 60_000 }, async (left) => {
    for (const [, , outcome] of failed(await calls('ulimit -n 150; exec', left, left, 'files')))
      expect(outcome).toMatch(/^ERR_PVA_RESOURCE .*too many open files/)
  })
})

describe.skipIf(onPosix.missing)(onPosix.named('a listening server that is out of descriptors'), () => {
  it('says so in one line, does not spin, and accepts again when it can', { timeout: 60_000 }, async () => {
    const deaf = fileURLToPath(new URL('./programs/deaf.mjs', import.meta.url))
    const command = ['-c', 'ulimit -n 60; exec "$0" "$@"', process.execPath, deaf]
    const child = spawn('sh', command, { stdio: ['pipe', 'pipe', 'inherit'] })
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const next = async (): Promise<string> => String((await lines.next()).value)
      const port = Number(await next())
      const told = async (ask: 'said' | 'free'): Promise<{ said: [string, string][]; cpu: number }> => {
        child.stdin.write(`${ask}\n`)
        return JSON.parse(await next()) as { said: [string, string][]; cpu: number }
      }
      const options = { useEnv: false, autoAddressList: false, nameServers: [`127.0.0.1:${port}`] }
      await using ctx = new Context(options)
      await rejection(ctx.get('x', { timeout: 2_500 }))
      const { said } = await told('said')
      expect(said).toEqual([
        ['error', expect.stringMatching(/cannot accept connections.*too many open files/i)],
      ])
      expect((await told('free')).said.length).toBe(1)
      expect((await ctx.get('x', { timeout: 30_000 })).value).toBe(7)
      // A line of the log takes its own way through the other process, and may come after the value.
      const end = performance.now() + 30_000
      let later = (await told('said')).said.slice(1)
      while (later.length === 0 && performance.now() < end) later = (await told('said')).said.slice(1)
      expect(later).toEqual([['warning', expect.stringContaining('accepts connections again')]])
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })
})

const limits = programs([{ command: 'prlimit', args: ['--version'], debian: 'util-linux' }])

describe.skipIf(onLinux.missing || limits.missing)(
  limits.named(onLinux.named('out of memory a call rejects, and the process lives')),
  () => {
    // What is received takes 160 MB, and what is made of it as much again.
    const type = new NTScalar('float64[]')
    const value = new Float64Array(20_000_000)
    const onRpc = () => type.create({ value })
    const big = new SharedPV({ type, initial: value, onPut: () => undefined, onRpc })
    const pvs = { small: SharedPV.mailbox(Int32, 7), big }
    const memory = fileURLToPath(new URL('./programs/memory.mjs', import.meta.url))
    const HALF = 250_000_000
    const NOTHING = 120_000_000

    it.each([
      ['get', HALF, /^ERR_PVA_RESOURCE get: PV "big": out of memory/],
      ['rpc', HALF, /^ERR_PVA_RESOURCE rpc: PV "big": out of memory/],
      ['monitor', HALF, /^ERR_PVA_RESOURCE monitor: PV "big": out of memory/],
      ['get', NOTHING, /^ERR_PVA_(RESOURCE|TIMEOUT) get/],
      ['put', NOTHING, /^RangeError Array buffer allocation failed|^ERR_PVA_RESOURCE put/],
    ] as const)('%s, with %d bytes left', { timeout: 60_000 }, async (kind, left, said) => {
      await using server = await Server.start({ isolated: true, pvs })
      const args = [memory, `${server.tcpPort}`, `${left}`, kind, left === NOTHING ? '3000' : '30000']
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const [told, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
      expect(code).toBe(0)
      expect(JSON.parse(told)).toEqual([expect.stringMatching(said), '7'])
    })
  },
)

// The limit counts all processes of a user: it is exact for one that has no other.
const NOBODY = ['setpriv', '--reuid=65533', '--clear-groups']
const asNobody = unless(reasonAgainstNobody())

function reasonAgainstNobody(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root, to be a user without processes'
  const read = ['-e', `require('node:fs').readFileSync(${JSON.stringify(program)})`]
  const able = spawnSync('prlimit', [...NOBODY, process.execPath, ...read], { stdio: 'ignore' }).status === 0
  return able ? undefined : 'no other user can run Node in this folder, or there is no prlimit'
}

describe.skipIf(onLinux.missing || asNobody.missing)(
  asNobody.named(onLinux.named('out of threads the process does not abort')),
  () => {
    it('every call rejects with what is missing, or succeeds', { timeout: 120_000 }, async () => {
      const outcomes = new Set<string>()
      // From where Node itself has what it needs to where a context is opened.
      const own = await threadsOfNode()
      for (let threads = own + 1; threads <= own + 6; threads++) {
        const limits = `exec prlimit --nproc=${threads} ${NOBODY.join(' ')} env HOME=/tmp`
        for (const [, , outcome] of await calls(limits, 0, 0, 'threads')) outcomes.add(outcome)
      }
      for (const outcome of outcomes)
        expect(outcome).toMatch(/^ok$|^ERR_PVA_RESOURCE .*(no more threads|no thread to)/)
      expect(outcomes.has('ok')).toBe(true)
      expect(outcomes.size).toBeGreaterThan(1)
    })
  },
)
