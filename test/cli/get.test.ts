// node-pvxs get: formats, order, failures, exit codes, seen from outside.
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Server } from 'node-pvxs'
import { SharedPV, NTScalar } from 'node-pvxs'
import { onLinux, programs } from '../needs.js'
import { environment, program, run, Running, type Options, type Ran } from './run.js'
import { ISO, LOCAL, nasty, serveEveryKind, shown } from './served.js'

let server: Server
const folder = mkdtempSync(join(tmpdir(), 'node-pvxs-get-'))
beforeAll(async () => {
  server = await serveEveryKind({
    'x:million': SharedPV.mailbox(new NTScalar('float64[]'), {
      value: Float64Array.from({ length: 1_000_000 }, (_, i) => i / 7),
    }),
  })
})
afterAll(() => server.close())

const get = (args: readonly string[], options: Options = {}): Promise<Ran> =>
  run(['get', ...args], { server, ...options })

/** The output of a get that does all it was asked for, and says nothing else. */
async function output(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await get(args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe('get, as lines,', () => {
  it('prints name, time, value, units and alarm in columns', async () => {
    expect(await output('x:double', 'x:int64', 'x:enum', 'x:text', 'x:bool', 'x:single', 'x:array')).toBe(
      [
        `x:double  ${LOCAL}  1.5 mm  MAJOR too hot`,
        `x:int64   ${LOCAL}  9007199254740993`,
        `x:enum    ${LOCAL}  (1) Run`,
        `x:text    ${LOCAL}  "say \\"hi\\""`,
        `x:bool    ${LOCAL}  true`,
        `x:single  ${LOCAL}  0.1`,
        `x:array   ${LOCAL}  [5] 1.5, -2.5, 1e+300, nan, -inf`,
        '',
      ].join('\n'),
    )
  })

  it('prints structures in one line, tables as a block, images by their shape', async () => {
    const image = await output('x:image', '--time', 'none')
    expect(image).toBe('x:image  uint8 4x3, 12 bytes\n')
    expect(await output('x:motor')).toBe(
      'x:motor  -  {position: 1.5, limits: {low: -1}, choice: text: "hey", any: uint8: 200, nothing: null, ' +
        'items: [2] {q: 1}, null}\n',
    )
    expect(await output('x:table', '--time=none')).toBe(
      'x:table  2 columns, 3 rows\n     i  name\n     1  "a"\n    22  "日本"\n     3  "c,\\"d\\""\n',
    )
  })

  it('cuts arrays, rounds floats and shows times as asked', async () => {
    expect(await output('x:array', '-#2', '--precision', '1', '--time', 'unix')).toBe(
      'x:array  1796052286.217000001  [5] 2, -2, …\n',
    )
    expect(await output('x:million', '--time', 'none')).toMatch(
      /^x:million {2}\[1000000\] 0, .*, 2\.7142857142857144, …\n$/,
    )
  })

  it('colours an alarm only when it may', async () => {
    const red = '\u001b[31mMAJOR\u001b[0m'
    expect(await output('x:double', '--color', 'always')).toContain(red)
    expect((await get(['x:double'], { env: { FORCE_COLOR: '1' } })).stdout).toContain(red)
    expect((await get(['x:double', '--json'], { env: { FORCE_COLOR: '1' } })).stdout).not.toContain('\u001b')
    expect(await output('x:double')).not.toContain('\u001b')
  })
})

describe('get, for other programs,', () => {
  it('prints an object per line with --json, and loses nothing', async () => {
    const [double, int64, chosen] = (await output('x:double', 'x:int64', 'x:enum', '--json'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(double).toMatchObject({ name: 'x:double', time: ISO, severity: 'MAJOR' })
    expect(int64).toMatchObject({ severity: 'NONE', data: { value: '9007199254740993' } })
    expect(chosen).toMatchObject({ label: 'Run', data: { value: { index: 1, choices: ['Off', 'Run'] } } })
    expect(await output('x:int64', '--json', '--int64', 'number')).toContain('"value":9007199254740993,')
  })

  it('prints only what the reply marked with --fields, in json', async () => {
    expect(await output('x:double', '--fields', 'value', '--json')).toBe(
      '{"name":"x:double","data":{"value":1.5}}\n',
    )
    expect(JSON.parse(await output('x:double', '-r', 'field(alarm.severity)', '--json'))).toEqual({
      name: 'x:double',
      severity: 'MAJOR',
      data: { alarm: { severity: 2 } },
    })
  })

  it.each([
    ['x:double', '1.5\n'],
    ['x:enum', 'Run\n'],
    ['x:text', 'say "hi"\n'],
    ['x:nasty', `${nasty}\n`],
    ['x:texts', 'a\nb c\n'],
    ['x:array', '1.5\n-2.5\n1e+300\nnan\n-inf\n'],
    ['x:table', '1,a\r\n22,日本\r\n3,"c,""d"""\r\n'],
  ])('prints the bare value of %s with --raw', async (name, text) => {
    expect(await output(name, '--raw')).toBe(text)
  })

  it('prints csv with one header', async () => {
    expect(await output('x:double', 'x:enum', 'x:array', '--csv', '--enum=index')).toBe(
      [
        'name,time,severity,message,value',
        `x:double,${LOCAL},MAJOR,too hot,1.5`,
        `x:enum,${LOCAL},NONE,,1`,
        `x:array,${LOCAL},NONE,,"[1.5,-2.5,1e+300,""NaN"",""-Infinity""]"`,
        '',
      ].join('\r\n'),
    )
    expect(await output('x:table', '--csv')).toBe('i,name\r\n1,a\r\n22,日本\r\n3,"c,""d"""\r\n')
  })

  it('fills a template, and fails where it names a field that is not there', async () => {
    expect(await output('x:double', 'x:enum', '-F', '{name}={value} {units}{{{severity}}}\\t{label}')).toBe(
      'x:double=1.5 mm{MAJOR}\t\nx:enum=Run {NONE}\tRun\n',
    )
    expect(await output('x:array', '-F', '{value[1]}')).toBe('-2.5\n')
    expect(await get(['x:double', 'x:array', '-F', '{display.units}'])).toMatchObject({
      code: 1,
      stdout: 'mm\n',
      stderr: expect.stringMatching(/^node-pvxs: x:array: there is no "display.units"/) as string,
    })
  })
})

describe('get of several PVs', () => {
  it('prints in the order of the names, one given twice twice, and tells every failure', async () => {
    const { code, stdout, stderr } = await get([
      'x:nope',
      'x:double',
      'x:refusing',
      'x:double',
      '-w',
      '0.5',
      '--time=none',
      '--json',
    ])
    expect(code).toBe(1) // not found, and refused
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, Record<string, unknown>>)
    expect(lines.map(({ name, error }) => [name, error?.['code']])).toEqual([
      ['x:nope', 'ERR_PVA_TIMEOUT'],
      ['x:double', undefined],
      ['x:refusing', 'ERR_PVA_REMOTE'],
      ['x:double', undefined],
    ])
    expect(stderr).toBe(
      `node-pvxs: x:nope: not found within 500 ms (phase: search)\nnode-pvxs: x:refusing: not ${shown.replace('\\n', '\n  ')} today\n`.replace(
        /\n {2} today/,
        '',
      ),
    )
  })

  it('takes names from files and stdin, without blanks, comments and pva://', async () => {
    const file = join(folder, 'names')
    writeFileSync(file, '# both\r\n\r\nx:double # the first\r\npva://x:bool\r\n')
    expect(await output('-f', file, '-F', '{name}')).toBe('x:double\nx:bool\n')
    const { stdout } = await get(['x:text', '-f', '-', '-F', '{name}'], { input: 'x:bool\n' })
    expect(stdout).toBe('x:text\nx:bool\n')
  })

  it('reads again with --repeat, under one header', async () => {
    expect(await output('x:double', '--repeat', '10ms', '-n', '3', '--csv')).toMatch(
      /^name,[^\n]*\n(x:double,[^\n]*\n){3}$/,
    )
  })
})

describe('get fails', () => {
  it('with 3 and all that is known when a PV is not found', async () => {
    const { code, stdout, stderr } = await get(['x:nope', '-w', '200ms'])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(
      /^node-pvxs: x:nope: not found within 200 ms \(phase: search\)\n {2}searched .*\n {2}replies .*\n {2}try .*\n {2}more {2}node-pvxs doctor x:nope\n$/,
    )
  })

  it('with 1, at once, when the server refuses, and no text of the network reaches the terminal', async () => {
    const { code, stderr } = await get(['x:refusing', '-w', '0'])
    expect(code).toBe(1)
    expect(stderr).toContain('\\x1b[2J\\x9b\\u202eé')
    expect(stderr).not.toMatch(/[\u001b\u009b\u202e]/)
  })

  it('in silence with -q', async () => {
    expect(await get(['x:nope', '-qw0.2'])).toMatchObject({ code: 3, stdout: '', stderr: '' })
  })

  it.each([
    [[], 'no PV is named'],
    [['-f', '/dev/null'], 'no PV is named in "/dev/null"'],
    [['-f', '/nowhere'], '"/nowhere" cannot be read'],
    [['a', '-w', 'x'], '-w: "x" is not a time'],
    [['a', '-F', 'jsn'], '-F: "jsn" is not a format; did you mean "json"?'],
    [['a', '-F', '{'], 'has a { without a }'],
    [['a', '-F', 'a}{b}'], 'has a } without a {'],
    [['a', '--time', 'lokal'], '--time: "lokal" is not one of local, utc, unix, none; did you mean "local"?'],
    [['a', '-r', 'field('], 'request'],
    [['a', '-r', 'field()', '--fields', 'a'], '--fields is short for a --request'],
    [['a', '--addr', '10.0.0.1:99999'], '--addr: "10.0.0.1:99999" is not an address'],
    [['a', '--server', 'a b'], 'is not a server'],
    [['a', '-n', '3'], '-n counts the rounds of --repeat'],
    [['a', '--repeat', '0'], '--repeat: "0" is not a time above 0'],
    [['a', '--precision=0'], '--precision: "0" is not an integer from 1 to 99'],
    [['a'.repeat(1025)], 'it is longer than 1024 bytes'],
    [['a', 'b\u001bc'], '"b\\u001bc" is not a PV name: it holds control characters'],
    [['ca://a'], 'asks for Channel Access'],
    [['a', '--profile', 'lab'], 'no section "lab"'],
  ])('with 2 for %j, and nothing is sent', async (args, message) => {
    const { code, stdout, stderr } = await get(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/^ {4}at /m)
  })

  it('with 2 for names that are not UTF-8, and says which line holds a wrong one', async () => {
    expect(await get(['-f', '-'], { input: Buffer.from([0x78, 0xff]) })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('stdin is not UTF-8 text') as string,
    })
    expect((await get(['-f', '-'], { input: 'x:double\nca://a\n' })).stderr).toContain('stdin:2: ')
  })
})

describe('get ends', () => {
  it('with 130 and 143 when it is interrupted', async () => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      await using running = new Running(['get', 'x:nope', '-w', 'inf', '-v'], { server })
      await running.says('timeout = ')
      running.child.kill(signal)
      expect(await running.ended).toMatchObject({ code, stdout: '' })
      expect(running.stderr).not.toContain('node-pvxs: x:nope')
    }
  })

  it('with 0 and without a word when its reader closes the pipe', async () => {
    const running = new Running(['get', 'x:double', '--repeat', '1ms'], { server })
    await running.line()
    running.child.stdout.destroy()
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
  })

  it.skipIf(onLinux.missing)(onLinux.named('with 1 when the disk is full'), async () => {
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [program, 'get', 'x:double'], {
      env: environment({ server }),
      stdio: ['ignore', full, 'pipe'],
    })
    closeSync(full)
    let stderr = ''
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    expect(await once(child, 'close')).toEqual([1, null])
    expect(stderr).toMatch(/^node-pvxs: the output cannot be written: ENOSPC/)
  })

  it('only when a pipe has taken a million elements, and so has a file', async () => {
    const { stdout } = await get(['x:million', '--raw'])
    expect(stdout.length).toBeGreaterThan(10_000_000)
    expect(stdout.split('\n').length).toBe(1_000_001)
    const path = join(folder, 'million')
    const file = openSync(path, 'w')
    const child = spawn(process.execPath, [program, 'get', 'x:million', '--raw'], {
      env: environment({ server }),
      stdio: ['ignore', file, 'inherit'],
    })
    closeSync(file)
    expect(await once(child, 'close')).toEqual([0, null])
    expect(readFileSync(path, 'utf8')).toBe(stdout)
  })
})

describe('get finds its server', () => {
  const nowhere = { EPICS_PVA_NAME_SERVERS: '127.0.0.1:9' }
  const found = { code: 0, stdout: '1.5\n', stderr: '' }

  it('with --server, --name-server and --addr', async () => {
    const tcp = `127.0.0.1:${server.tcpPort}`
    for (const args of [
      ['--server', tcp],
      ['--name-server', tcp],
      ['--addr', `127.0.0.1:${server.udpPort}`],
    ])
      expect(await get(['x:double', '--raw', ...args], { env: nowhere })).toMatchObject(found)
  })

  it('by the configuration file, where variables beat its first lines, and a section beats variables', async () => {
    const tcp = `127.0.0.1:${server.tcpPort}`
    const file = join(folder, 'config')
    writeFileSync(file, `name-server = 127.0.0.1:9 # not there\ntimeout = 0.2\n[lab]\nname-server = ${tcp}\n`)
    const env = { NODE_PVXS_CONFIG: file }
    expect(await get(['x:double', '--raw'], { env })).toMatchObject(found)
    expect(await get(['x:double', '--raw'], { env: { ...env, EPICS_PVA_NAME_SERVERS: '' } })).toMatchObject({
      code: 3,
    })
    expect(
      await get(['x:double', '--raw', '--profile', 'lab'], { env: { ...env, ...nowhere } }),
    ).toMatchObject(found)
    expect(
      await get(['x:double', '--raw'], { env: { ...env, ...nowhere, NODE_PVXS_PROFILE: 'lab' } }),
    ).toMatchObject(found)
  })

  it.each([
    ['nam-server = a', 'config2:1: "nam-server" is not a key; did you mean "name-server"?'],
    ['\ntimeout = soon', 'config2:2: timeout: "soon" is not a time'],
    ['[lab', 'config2:1: "[lab" is not key = value'],
  ])('never by a file with %j, which is usage', async (text, message) => {
    const file = join(folder, 'config2')
    writeFileSync(file, text)
    const { code, stderr } = await get(['x:double'], { env: { NODE_PVXS_CONFIG: file } })
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  const unshare = programs([{ command: 'unshare', args: ['-rn', 'true'], debian: 'util-linux' }])
  it.skipIf(unshare.missing)(
    unshare.named('on a host with nothing but loopback, without a word of the log'),
    async () => {
      const script = `ip link set lo up; '${process.execPath}' '${join(import.meta.dirname, 'serve-one.mjs')}' '${process.execPath}' '${program}' get one --raw`
      const { NO_VARIABLES: _, ...env } = environment({ env: { NO_VARIABLES: '' } })
      const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('EPICS')))
      const child = spawn('unshare', ['-rn', 'sh', '-c', script], {
        env: { ...clean, PATH: `${env['PATH']}:/usr/sbin:/sbin` },
      })
      let [stdout, stderr] = ['', '']
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
      await once(child, 'close')
      expect({ stdout, stderr }).toEqual({ stdout: '1\n', stderr: '' })
    },
  )
})
