// node-pvxs monitor: what it prints, tells and leaves, seen from outside.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NTScalar, Server, SharedPV } from 'node-pvxs'
import { onLinux, programs } from '../needs.js'
import { int32 } from '../unit/fixtures.js'
import { environment, program, run, Running, type Options, type Ran } from './run.js'
import { serveEveryKind } from './served.js'

let server: Server
const count = int32(0)
const wide = SharedPV.mailbox(new NTScalar('float64[]'), { value: new Float64Array(100_000) })
const silent = new SharedPV({ type: new NTScalar('int32') })
beforeAll(async () => {
  server = await serveEveryKind({
    'm:count': count,
    'm:wide': wide,
    'm:silent': silent,
  })
})
afterAll(() => server.close())

const monitor = (args: readonly string[], options: Options = {}): Promise<Ran> =>
  run(['monitor', ...args], { server, ...options })
const started = (args: readonly string[], options: Options = {}): Running =>
  new Running(['monitor', ...args], { server, ...options })

interface Line {
  readonly name: string
  readonly changed: readonly string[]
  readonly data: { readonly value: number }
  readonly event?: string
  readonly error?: { readonly code: string }
}
const json = (line: string): Line => JSON.parse(line) as Line

describe('monitor', () => {
  it('prints first values and updates, and ends after -n of them', async () => {
    count.post(1)
    await using running = started(['m:count', '-n', '3', '--json'])
    expect(json(await running.line())).toMatchObject({
      name: 'm:count',
      severity: 'NONE',
      data: { value: 1 },
    })
    for (const value of [2, 3]) {
      count.post(value)
      const line = json(await running.line())
      expect(line.data.value).toBe(value)
      expect(line.changed).toContain('value')
      expect(line.changed).not.toContain('alarm.severity')
    }
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('prints only what changed with -F delta', async () => {
    await using running = started(['m:count', '-n', '2', '-F', 'delta', '--fields', 'value'])
    await running.line()
    expect(await running.line()).toMatch(/^ {4}value int32_t = /)
    count.post(77)
    expect((await running.ended).stdout.split('\n').slice(-3)).toEqual([
      'm:count',
      '    value int32_t = 77',
      '',
    ])
  })

  it('prints a name that is given twice twice', async () => {
    expect(await monitor(['x:double', 'x:double', '-n2', '-F', '{name}'])).toMatchObject({
      code: 0,
      stdout: 'x:double\nx:double\n',
    })
  })

  it('ends after --for: with 0 when something came, else with 3', async () => {
    expect(await monitor(['x:double', '--for', '300ms', '--raw'])).toMatchObject({
      code: 0,
      stdout: '1.5\n',
      stderr: '',
    })
    expect(await monitor(['x:nope', '--for', '300ms'])).toMatchObject({
      code: 3,
      stdout: '',
      stderr: 'node-pvxs: no update came\n',
    })
  })

  it('prints at most one line in --every, the newest value with all that changed', async () => {
    await using running = started(['m:count', '--every', '1s', '-n', '2', '--json'])
    await running.line()
    for (let value = 1000; value <= 1050; value++) count.post({ value, alarm: { severity: 1 } })
    const line = json(await running.line())
    expect(line.data.value).toBe(1050)
    expect(line.changed).toEqual(expect.arrayContaining(['value', 'alarm.severity']))
    count.post({ value: 0, alarm: { severity: 0 } })
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('tells --stats at the end', async () => {
    const { code, stderr } = await monitor(['x:double', 'x:enum', '-n', '2', '--stats'])
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /^PV +updates +updates\/s +squashed by server +by client +longest gap\nx:double +1 .*\nx:enum +1 /,
    )
  })

  it.each([
    [['-n', '0', 'a'], '-n: "0" is not an integer from 1 on'],
    [['--queue', '1', 'a'], '--queue: "1" is not an integer from 2 to 1000000'],
    [['--every', '1', '--queue', '4', 'a'], 'no --queue'],
    [['--watch', '--events', 'a'], 'no --events'],
    [[], 'no PV is named'],
  ])('with %j is usage', async (args, message) => {
    const { code, stdout, stderr } = await monitor(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})

describe('monitor, of PVs that fail,', () => {
  it('gives up after -w with 3, whether it is not found or sends nothing', async () => {
    const { code, stdout, stderr } = await monitor(['x:nope', 'm:silent', '-w', '0.5', '--json'])
    expect(code).toBe(3)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map(json)
        .map(({ name, error }) => [name, error?.code])
        .sort(),
    ).toEqual([
      ['m:silent', 'ERR_PVA_TIMEOUT'],
      ['x:nope', 'ERR_PVA_TIMEOUT'],
    ])
    expect(stderr).toContain('node-pvxs: x:nope: not found within 500 ms (phase: search)\n')
    expect(stderr).toMatch(/^node-pvxs: m:silent: /m)
  })

  it('tells once after 5 s that one is not there, and finds it later', async () => {
    await using running = started(['m:late', '-n', '1', '--raw'])
    expect(await running.says('\n')).toBe('node-pvxs: m:late: was not found within 5 s; waiting on\n')
    const late = int32(5)
    server.addPV('m:late', late)
    expect(await running.ended).toMatchObject({ code: 0, stdout: '5\n' })
  })

  it('goes on with the others, and ends when none is left', async () => {
    const { code, stdout, stderr } = await monitor([
      'x:double',
      'x:motor',
      '--fields',
      'position',
      '--for',
      '1',
      '--raw',
    ])
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('"position":1.5') as string })
    expect(stderr).toMatch(/^node-pvxs: x:double: .*\n$/)
    expect(await monitor(['x:double', 'x:int64', '--fields', 'position'])).toMatchObject({
      code: 1,
      stdout: '',
    })
  })

  it('tells on stderr that a connection broke and came back', async () => {
    const kept = int32(1)
    await using other = await Server.start({ isolated: true, pvs: { 'm:kept': kept } })
    await using running = started(['m:kept', '--raw', '--time', 'utc'], { server: other })
    expect(await running.line()).toBe('1')
    await other.stop()
    await running.says('disconnected')
    await other.start()
    expect(await running.line()).toBe('1')
    const stamp = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}'
    expect(running.stderr).toMatch(
      new RegExp(
        `^${stamp} m:kept disconnected\n${stamp} m:kept connected to 127\\.0\\.0\\.1:${other.tcpPort}\n$`,
      ),
    )
  })

  it('prints connections as data with --events', async () => {
    const { stdout, stderr } = await monitor(['x:double', '--events', '--json', '--for', '1'])
    const [connected, update] = stdout.trimEnd().split('\n').map(json)
    expect(connected).toEqual({
      name: 'x:double',
      event: 'connected',
      peer: `127.0.0.1:${server.tcpPort}`,
      time: expect.stringMatching(/^\d{4}-.*\.\d{9}Z$/) as string,
    })
    expect(update).toMatchObject({ data: { value: 1.5 } })
    expect(stderr).toBe('')
  })
})

describe('monitor ends', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('after %s with %i', async (signal, code) => {
    await using running = started(['x:double'])
    await running.line()
    running.child.kill(signal)
    expect(await running.ended).toMatchObject({ code, stderr: '' })
  })

  it('with 0 when its reader closes the pipe', async () => {
    await using running = started(['m:count', '--raw'])
    await running.line()
    running.child.stdout.destroy()
    const posting = setInterval(() => count.post(count.current().value + 1), 5)
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
    clearInterval(posting)
  })

  it('when it is interrupted although nobody reads', async () => {
    await using running = started(['m:wide', '--json'])
    await running.line()
    running.child.stdout.pause()
    for (let k = 0; k < 50; k++) wide.post(new Float64Array(100_000).fill(k))
    running.child.kill('SIGINT')
    await once(running.child, 'exit')
    running.child.stdout.resume()
    expect(await running.ended).toMatchObject({ code: 130 })
  })
})

it.skipIf(onLinux.missing)(
  onLinux.named('a reader that stalls costs no memory, and gets the newest value'),
  async () => {
    await using running = started(['m:wide', '--json'])
    await running.line()
    running.child.stdout.pause()
    const memory = (): number =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${running.child.pid}/status`, 'utf8'))?.[1]) / 1024
    // 500 MB as text, were they all kept; time for the program to take what it takes.
    for (let k = 1; k <= 1_000; k++) {
      wide.post(new Float64Array(100_000).fill(k))
      if (k % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(memory(), 'MB').toBeLessThan(350)
    running.child.stdout.resume()
    for (;;) {
      const { data } = JSON.parse(await running.line()) as { data: { value: number[] } }
      if (data.value[0] === 1_000) break
    }
  },
)

describe('monitor --watch', () => {
  it('prints a table every --every where there is no terminal', async () => {
    const { code, stdout, stderr } = await monitor([
      'x:double',
      'x:nope',
      '--watch',
      '--every',
      '0.2',
      '--for',
      '1',
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^PV +VALUE +ALARM +AGE +PER S +STATE\nx:double +1\.5 mm +MAJOR +\d\.\d s +\d\.\d +connected\nx:nope +0\.0 +searching\n\n/m,
    )
    expect(stdout.match(/^PV /gm)?.length).toBeGreaterThan(1)
    expect(stdout).not.toContain('\u001b')
  })

  const script = programs([{ command: 'script', args: ['--version'], debian: 'bsdutils' }])
  const enter = '\u001b[?1049h'
  const leave = '\u001b[?25h\u001b[?1049l'

  /** A run on a pseudo-terminal. */
  async function onTerminal(
    args: string,
    act: (child: ReturnType<typeof spawn>) => void,
  ): Promise<{ code: unknown; text: string }> {
    const command = `'${process.execPath}' '${program}' ${args}`
    const child = spawn('script', ['-qefc', command, '/dev/null'], { env: environment({ server }) })
    let text = ''
    let acted = false
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (acted || !text.includes('1.5 mm')) return
      acted = true
      act(child)
    })
    const [code] = (await once(child, 'close')) as [unknown]
    return { code, text }
  }

  it.skipIf(script.missing)(script.named('takes the terminal over, and q gives it back'), async () => {
    const { code, text } = await onTerminal('monitor x:double --watch', (child) => child.stdin?.write('q'))
    expect(code).toBe(0)
    expect(text).toContain(enter)
    expect(text.trimEnd().endsWith(leave)).toBe(true)
  })

  it.skipIf(script.missing)(script.named('gives the terminal back after Ctrl-C, with 130'), async () => {
    const { code, text } = await onTerminal('monitor x:double --watch', (child) =>
      child.stdin?.write('\u0003'),
    )
    expect(code).toBe(130)
    expect(text.trimEnd().endsWith(leave)).toBe(true)
  })

  it.skipIf(script.missing)(script.named('a value with controls does not act on the terminal'), async () => {
    const { text } = await onTerminal('monitor x:nasty x:double --watch', (child) => child.stdin?.write('q'))
    expect(text).toContain('\\x1b[2J\\x9b\\u202eé\\n')
    expect(text).not.toContain('\u001b[2J')
  })
})
