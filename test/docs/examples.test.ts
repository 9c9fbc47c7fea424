// Every file of examples/ runs as its first line says.
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { tmpdir } from 'node:os'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { debianNeed, influxd, type TestServer } from '../influx/servers.js'
import { clientOf, interrupt, LOOPBACK_SERVER, portOf, root, run, start } from './pages.js'

// Each starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const example = (name: string): string => join(root, 'examples', name)

it('client.mjs reads and writes with a server of its own', async () => {
  const { code, stdout, stderr } = await run(example('client.mjs'), {})
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^demo:setpoint is 20, alarm severity 0$/m)
  expect(stdout).toMatch(/^demo:setpoint is now 22\.5$/m)
})

it('monitor.mjs follows a PV of its own', async () => {
  const { code, stdout, stderr } = await run(example('monitor.mjs'), {})
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^connected to 127\.0\.0\.1:\d+\n(\d+ changed: .*\n){5}$/)
})

it('rpc.mjs calls a service of its own', async () => {
  const { code, stdout, stderr } = await run(example('rpc.mjs'), {})
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('1.4142135623730951')
  expect(stdout).toMatch(/^refused: .*1000 rows at most/m)
})

it('testing.mjs is a suite that passes', async () => {
  const { code, stdout, stderr } = await run(example('testing.mjs'), {})
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/pass 2/)
})

it('stream.mjs changes a set of PVs and misses nothing', async () => {
  const { code, stdout, stderr } = await run(example('stream.mjs'), {})
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: 'added 1, refused 1 (lab:missing), 0 gaps in 5000 counts\n',
    stderr: '',
  })
})

it('stream-jsonl.mjs writes lines of JSON, and follows a file of names on SIGHUP', async () => {
  const server = start(example('server.mjs'), LOOPBACK_SERVER)
  const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-names-'))
  try {
    const names = join(folder, 'names')
    await writeFile(names, '# of the lab\ndemo:temperature\n')
    const env = clientOf(await portOf(server))
    const stream = start(example('stream-jsonl.mjs'), env, ['--file', names])
    let out = ''
    const printed = (text: string): Promise<void> => vi.waitFor(() => expect(out).toContain(text), 20_000)
    stream.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
    await printed('"demo:temperature"')
    await writeFile(names, 'demo:temperature\ndemo:limited\n')
    if (process.platform !== 'win32') {
      stream.kill('SIGHUP')
      await printed('{"name":"demo:limited","update":')
    }
    expect(await interrupt(stream)).toBe(0)
    for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('update.value')
  } finally {
    await interrupt(server)
    await rm(folder, { recursive: true })
  }
})

it('pvs-to-pi.mjs writes PVs into PI and reads all of them back', async () => {
  const { code, stdout, stderr } = await run(example('pvs-to-pi.mjs'), {})
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'written 1000, read back 1000\n', stderr: '' })
})

it('pi-live.mjs follows three tags, also over a connection that breaks', async () => {
  const { code, stdout, stderr } = await run(example('pi-live.mjs'), {})
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const line of stdout.trim().split('\n')) expect(line).toMatch(/^2\S+Z (sinusoid|level|mode) \S+/)
  const values = [...stdout.matchAll(/sinusoid (\S+)/g)].map(([, value]) => Number(value))
  const at = (i: number): number => Math.round(Math.sin(i / 5) * 1000) / 1000
  const first = Array.from({ length: 20 }, (_, i) => at(i)).indexOf(values[0] as number)
  expect(values.length).toBeGreaterThan(1)
  expect(values).toEqual(values.map((_, i) => at(first + i)))
})

it('pi-to-pvs.mjs serves tags of PI as PVs', async () => {
  const { code, stdout, stderr } = await run(example('pi-to-pvs.mjs'), {})
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^(pi:sinusoid \S+, severity [03]\n){10}$/)
})

it('pi-history.mjs prints a day in windows', async () => {
  const { code, stdout, stderr } = await run(example('pi-history.mjs'), {})
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [head, ...lines] = stdout.trim().split('\n')
  expect(head).toBe('time,count,min,mean,max,stddev')
  expect(lines).toHaveLength(24)
  for (const line of lines) expect(line).toMatch(/^2026-01-01T\d\d:00:00\.000Z,60(,-?\d[\d.e-]*){4}$/)
})

it('server.mjs serves until Ctrl-C, and the other examples talk to it', async () => {
  const server = start(example('server.mjs'), LOOPBACK_SERVER)
  try {
    const env = clientOf(await portOf(server))
    const put = await run(example('client.mjs'), env, ['demo:limited', '7'])
    expect({ ...put, stdout: '' }).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
    expect(put.stdout).toMatch(/^demo:limited is now 7$/m)
    const refused = await run(example('client.mjs'), env, ['demo:limited', '500'])
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toContain('500 is not within 0 to 100')
    const followed = await run(example('monitor.mjs'), env, ['demo:temperature', '3'])
    expect(followed.code).toBe(0)
    expect(followed.stdout.match(/changed:/g)).toHaveLength(3)
  } finally {
    expect(await interrupt(server)).toBe(0)
  }
})

it('client.mjs says what is wrong when there is no such PV', async () => {
  const { code, stderr } = await run(example('client.mjs'), clientOf(1), ['demo:no-such-pv'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/demo:no-such-pv.*not found/)
})

it('demo.mjs shows a server and a client in two processes', async () => {
  const { code, stdout, stderr } = await run(example('demo.mjs'), {})
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const part of ['get', 'types', 'put', 'rpc', 'image and table', 'monitor'])
    expect(stdout).toContain(`== ${part}`)
  expect(stdout).toContain('2 + 40 = 42')
  expect(stdout).toMatch(/the server refused 1000: .*not within 0 to 100/)
  expect(stdout).toContain('done: everything above went over PVAccess')
})

it.each([
  ['record', /^written \d+, rejected 0\n(\d+n \d+(\.5)? mm\n){3}mode is On$/],
  ['plot', /^\d+ samples, \d+ (windows|points), in V\n(.*\n)+ ?-1\.00 \|.*$/],
  ['copy', /^100000 points in 20 pages$/],
])('btrdb-%s.mjs does what it says', async (name, output) => {
  const { code, stdout, stderr } = await run(example(`btrdb-${name}.mjs`), { BTRDB_ENDPOINTS: '' })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout.trim()).toMatch(output)
})

it('record/custom-sink.mjs brings every value to its sink, though it fails first', async () => {
  const { code, stdout, stderr } = await run(example('record/custom-sink.mjs'), {})
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: [0, 1, 2, 3].map((i) => `lab:t ${i}\n`).join(''),
    stderr: '',
  })
})

describe.skipIf(debianNeed.missing)(debianNeed.named('on InfluxDB'), () => {
  let server: TestServer
  beforeAll(async () => {
    server = await influxd()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it.each([
    ['record', /^written \d+, rejected 0\n(\d+n \d+(\.5)? C\n){3}mode is On$/],
    ['history', /^demo:sine float64 V: -?\d\.\d+$/m],
    [
      'columns',
      /^100000 points in 20 requests\nFloat64Array BigInt64Array 100000\nlargest angle 99\.999\nin chunks 100000$/,
    ],
    ['points', /^ERR_INFLUX_ARGUMENT 0 measurement\nnorth on 1e-7\nA 2\nB 1\.5\nC 0\.5$/m],
  ])('influx-%s.mjs does what it says', async (name, output) => {
    const { code, stdout, stderr } = await run(example(`influx-${name}.mjs`), { INFLUX_URL: server.url })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.trim()).toMatch(output)
  })
})

it('type-checks', () => {
  const config = ts.getParsedCommandLineOfConfigFile(
    example('tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
      },
    },
  )
  const program = ts.createProgram(config?.fileNames ?? [], config?.options ?? {})
  const own = program.getSourceFiles().filter(({ fileName }) => fileName.endsWith('.mjs'))
  expect(own.length).toBe(22)
  const problems = own.flatMap((file) => program.getSemanticDiagnostics(file))
  expect(
    problems.map(({ file, messageText }) => [
      file?.fileName,
      ts.flattenDiagnosticMessageText(messageText, '\n'),
    ]),
  ).toEqual([])
})

it('keeps the examples short', async () => {
  for (const name of ['client.mjs', 'monitor.mjs', 'rpc.mjs', 'server.mjs', 'testing.mjs']) {
    expect((await readFile(example(name), 'utf8')).split('\n').length, name).toBeLessThanOrEqual(40)
  }
})
