// What holds for the commands that run until they are ended: data on stdout, talk on stderr, the exit code of their regular
// end, a reader that goes, a full disk, and text of the network.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Context, type Server } from 'node-pvxs'
import { onLinux, onPosix } from '../needs.js'
import { commandLine, environment, Running } from './run.js'
import { ACTING, nasty, serveEveryKind, shown } from './served.js'

let server: Server
beforeAll(async () => {
  server = await serveEveryKind()
})
afterAll(() => server.close())

interface Long {
  readonly name: string
  readonly args: readonly string[]
  /** The first line of stdout. */
  readonly data: RegExp
  /** A line of stderr. */
  readonly talk: RegExp
  /** What SIGHUP does. */
  readonly hangup: 129 | 'goes on'
}

const commands: readonly Long[] = [
  {
    name: 'serve',
    args: ['a=1', '--isolated', '--json'],
    data: /^\{"event":"ready"/,
    talk: /^(serving 1 PV on |try: )/,
    hangup: 129,
  },
  {
    name: 'bridge',
    args: ['--port', '0', '--json'],
    data: /^\{"url":"http:/,
    talk: /^node-pvxs: /,
    hangup: 129,
  },
  {
    name: 'record',
    args: ['x:double', '--to', 'jsonl:-'],
    data: /^\{.*"x:double"/,
    talk: /^(?!)/,
    hangup: 'goes on',
  },
]

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

describe.each(commands)('$name', ({ name, args, data, talk, hangup }) => {
  it.skipIf(onPosix.missing).each(['SIGINT', 'SIGTERM'] as const)(
    onPosix.named('writes data to stdout, talks on stderr, and ends with 0 on %s'),
    async (signal) => {
      await using running = new Running([name, ...args], { server })
      expect(await running.line()).toMatch(data)
      running.child.kill(signal)
      const { code, stderr } = await running.ended
      expect(code).toBe(0)
      for (const line of linesOf(stderr)) expect(line).toMatch(talk)
    },
  )

  it.skipIf(onPosix.missing)(onPosix.named(`on SIGHUP: ${hangup}`), async () => {
    await using running = new Running([name, ...args], { server })
    await running.line()
    running.child.kill('SIGHUP')
    if (hangup === 'goes on') running.child.kill('SIGTERM')
    expect((await running.ended).code).toBe(hangup === 'goes on' ? 0 : hangup)
  })

  it.skipIf(onLinux.missing)(onLinux.named('is 1 with a sentence when the disk is full'), async () => {
    const full = await open('/dev/full', 'w')
    const env = environment({ server })
    const child = spawn(...commandLine([name, ...args]), { env, stdio: ['ignore', full.fd, 'pipe'] })
    let stderr = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const [code] = (await once(child, 'close')) as [number | null]
    await full.close()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^node-pvxs: the output cannot be written: ENOSPC/m)
    expect(stderr).not.toMatch(/^\s+at |node:internal/m)
  })

  it.skipIf(onPosix.missing)(onPosix.named('is 0 when its reader has closed the pipe'), async () => {
    const [file, words] = commandLine([name, ...args])
    const line = '"$@" | true; exit ${PIPESTATUS[0]}'
    const child = spawn('bash', ['-c', line, 'bash', file, ...words], { env: environment({ server }) })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const [code] = (await once(child, 'close')) as [number | null]
    expect(code).toBe(0)
    for (const line of linesOf(stderr)) expect(line).toMatch(talk)
  })
})

it('serve tells of a put without a character that acts on a terminal', async () => {
  await using running = new Running(['serve', 'a=string', '--isolated', '--json', '-v'])
  const { tcpPort } = JSON.parse(await running.line()) as { tcpPort: number }
  const ctx = new Context({ useEnv: false, autoAddressList: false, interfaces: ['127.0.0.1'] })
  await ctx.put('a', nasty, { server: `127.0.0.1:${tcpPort}` })
  expect(JSON.parse(await running.line())).toMatchObject({ event: 'put', new: nasty })
  await running.says(/^put a: /m)
  await ctx.close()
  expect(running.stdout).not.toMatch(ACTING)
  expect(running.stderr).not.toMatch(ACTING)
  expect(running.stderr).toContain(shown.slice(-6, -2))
})
