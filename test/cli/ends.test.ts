// How the commands that go on end: signals, readers that leave, a full disk, a terminal that closes.
import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NTScalar, Server, SharedPV } from 'node-pvxs'
import { onLinux, onPosix } from '../needs.js'
import { environment, program, run, Running } from './run.js'

interface Case {
  readonly command: string
  readonly args: readonly string[]
  /** What it says when it runs. */
  readonly ready: RegExp
  /** Its exit code when it is told to end by SIGINT, and by SIGTERM. */
  readonly codes: readonly [number, number]
}

// The doctor stands on hosts of its own in doctor.test.ts: it asks the broadcast addresses of the one that it is on.
const cases: readonly Case[] = [
  {
    command: 'serve',
    args: ['x sim=sine', 'y=1', '--isolated', '--json', '-v'],
    ready: /^try: /m,
    codes: [0, 0],
  },
  {
    command: 'watch-net',
    args: ['-v', '--udp-port', '45076', '--top'],
    ready: /watching UDP port 45076/,
    codes: [130, 143],
  },
]

const NO_STACK = /\n {4}at |node:internal|UnhandledPromise/

describe.each(cases)('$command', ({ args, command, ready, codes }) => {
  it.skipIf(onPosix.missing)(
    onPosix.named('ends at SIGINT, SIGTERM and SIGHUP, without a stack'),
    async () => {
      for (const [signal, code] of [
        ['SIGINT', codes[0]],
        ['SIGTERM', codes[1]],
        ['SIGHUP', 129],
      ] as const) {
        await using running = new Running([command, ...args])
        await running.says(ready)
        running.child.kill(signal)
        const ended = await running.ended
        expect({ signal, code: ended.code }).toEqual({ signal, code })
        expect(ended.stderr).not.toMatch(NO_STACK)
      }
    },
  )

  it.skipIf(onPosix.missing)(onPosix.named('ends at once at signals that come while it starts'), async () => {
    for (const ms of [0, 30, 60, 90, 120, 200]) {
      await using running = new Running([command, ...args])
      setTimeout(() => running.child.kill('SIGTERM'), ms)
      const { code, signal, stderr } = await running.ended
      // Before the program has begun, the signal itself ends the process.
      expect(signal === 'SIGTERM' || code === codes[1] || code === 143).toBe(true)
      expect(stderr).not.toMatch(NO_STACK)
    }
  })
})

describe('serve', () => {
  it('ends with 0 when the reader of its events has left, at the next event', async () => {
    await using running = new Running(['serve', 'y=1', '--isolated', '--json'])
    const { tcpPort } = JSON.parse(await running.line()) as { tcpPort: number }
    running.child.stdout.destroy()
    const state = { over: false }
    const ended = running.ended.finally(() => (state.over = true))
    const env = { EPICS_PVA_NAME_SERVERS: `127.0.0.1:${tcpPort}` }
    for (let k = 0; !state.over && k < 20; k++) await run(['put', 'y', String(k), '-w', '1'], { env })
    const { code, stderr } = await ended
    expect(code).toBe(0)
    expect(stderr).not.toMatch(NO_STACK)
  })

  it.skipIf(onLinux.missing)(
    onLinux.named('is 1 with a sentence when its events go to a full disk'),
    async () => {
      const full = openSync('/dev/full', 'w')
      const child = spawn(process.execPath, [program, 'serve', 'y=1', '--isolated', '--json'], {
        env: environment(),
        stdio: ['ignore', full, 'pipe'],
      })
      closeSync(full)
      let stderr = ''
      child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
      expect(await once(child, 'close')).toEqual([1, null])
      expect(stderr).toMatch(/the output cannot be written: ENOSPC/)
      expect(stderr).not.toMatch(NO_STACK)
    },
  )
})

describe('bench', () => {
  let server: Server
  beforeAll(async () => {
    const pvs = { x: SharedPV.mailbox(new NTScalar('float64'), { value: 1 }) }
    server = await Server.start({ isolated: true, pvs })
  })
  afterAll(() => server.close())

  it.skipIf(onPosix.missing)(onPosix.named('ends at SIGINT with 130, and so does its server'), async () => {
    await using running = new Running(['bench', '--for', '1m', '--json'], { server })
    setTimeout(() => running.child.kill('SIGINT'), 1_000)
    const { code, stderr } = await running.ended // not before the server has closed the stderr that it shares
    expect(code).toBe(130)
    expect(stderr).not.toMatch(NO_STACK)
  })

  it('is exit 2 for bad names', async () => {
    for (const name of ['', 'a\tb', 'x'.repeat(1025)]) {
      const { code, stdout, stderr } = await run(['bench', name])
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toMatch(/^node-pvxs: .* is not a PV name/)
    }
  })
})

// To a file everything can be written at once: signals and timers came only when all that was queued had been printed,
// which took minutes for arrays of 8 MB.
describe.skipIf(onPosix.missing)(onPosix.named('a monitor that has more to print than it can'), () => {
  const POSTED = 60
  const numbers = Float64Array.from({ length: 200_000 }, (_, k) => k + 0.1)
  const wide = SharedPV.readonly(new NTScalar('float64[]'), { value: numbers })
  let server: Server
  let folder: string
  beforeAll(async () => {
    server = await Server.start({ isolated: true, pvs: { wide } })
    folder = mkdtempSync(join(tmpdir(), 'node-pvxs-ends-'))
  })
  afterAll(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })

  it('ends at a signal, and not when all of it is printed', async () => {
    const file = join(folder, 'out')
    const output = openSync(file, 'w')
    const words = [program, 'monitor', 'wide', '--json', '--queue', '1000']
    const child = spawn(process.execPath, words, {
      env: environment({ server }),
      stdio: ['ignore', output, 'inherit'],
    })
    closeSync(output)
    const over = once(child, 'close')
    const grows = async (size: number): Promise<void> => {
      while (statSync(file).size <= size) await sleep(5)
    }
    await grows(0)
    const line = statSync(file).size
    for (let k = 0; k < POSTED; k++) wide.post({ value: numbers })
    await grows(2.5 * line)
    const before = statSync(file).size / line
    child.kill('SIGINT')
    expect(await over).toEqual([130, null])
    expect(statSync(file).size / line - before).toBeLessThan(8)
  })
})
