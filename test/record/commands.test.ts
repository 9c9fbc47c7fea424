// `record` and `history`, as a user runs them.
import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { NTEnum, NTScalar, Server, SharedPV } from 'node-pvxs'
import { JsonlStore } from 'node-pvxs/record'
import { encodeJson, type Sample, type Series } from 'node-pvxs/telemetry'
import { run, Running } from '../cli/run.js'
import { until } from '../unit/fixtures.js'

let folder: string
let server: Server
const t = SharedPV.mailbox(new NTScalar('float64', { display: true }), { value: 1, display: { units: 'C' } })
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-record-'))
  const mode = SharedPV.mailbox(new NTEnum(), { value: { index: 1, choices: ['Off', 'On'] } })
  server = await Server.start({ isolated: true, pvs: { 'lab:t': t, 'lab:mode': mode } })
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

let made = 0
const file = (): string => join(folder, `${made++}.jsonl`)

async function lines(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
}

async function waitForLines(path: string, count: number): Promise<void> {
  let seen = 0
  const look = setInterval(() => void lines(path).then((all) => (seen = all.length)), 10)
  await until(() => seen >= count, `${count} lines in ${path}`)
  clearInterval(look)
}

describe('record', () => {
  it('records into a file until Ctrl-C, and history reads it back', async () => {
    const path = file()
    await using recorder = new Running(['record', 'lab:t', 'lab:mode', '--to', `jsonl:${path}`], { server })
    await waitForLines(path, 2)
    t.post({ value: 2.5 })
    await waitForLines(path, 3)
    recorder.child.kill('SIGINT')
    expect(await recorder.ended).toMatchObject({ code: 0, stdout: '', stderr: '' })
    const read = await run(['history', 'lab:t', '--from', '-10m', '--store', `jsonl:${path}`])
    expect(read).toMatchObject({ code: 0, stderr: '' })
    const samples = read.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(samples.at(-1)).toMatchObject({ pv: 'lab:t', type: 'float64', value: 2.5, severity: 0 })
    expect(samples[0]).toMatchObject({ units: 'C' })
  })

  it('writes samples to stdout with jsonl:-', async () => {
    await using recorder = new Running(['record', 'lab:mode', '--to', 'jsonl:-'], { server })
    expect(JSON.parse(await recorder.line())).toMatchObject({ pv: 'lab:mode', value: 1, label: 'On' })
    recorder.child.kill('SIGTERM')
    expect((await recorder.ended).code).toBe(0)
  })

  it('opens its file anew on SIGHUP', async () => {
    const path = file()
    await using recorder = new Running(['record', 'lab:t', '--to', `jsonl:${path}`], { server })
    await waitForLines(path, 1)
    await rename(path, `${path}.1`)
    recorder.child.kill('SIGHUP')
    // The signal says nothing back: a value is posted until one is in the new file.
    for (let i = 0; i < 500 && (await lines(path)).length === 0; i++) {
      t.post({ value: 100 + i })
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect((await lines(path))[0]).toContain('"units":"C"')
    recorder.child.kill('SIGINT')
    expect((await recorder.ended).code).toBe(0)
  })

  it('applies the policy of its options', async () => {
    t.post({ value: 0 })
    await using recorder = new Running(['record', 'lab:t', '--deadband', '10', '--to', 'jsonl:-'], { server })
    expect(JSON.parse(await recorder.line())).toMatchObject({ value: 0 })
    for (const value of [1, 2, 3, 20]) t.post({ value })
    expect(JSON.parse(await recorder.line())).toMatchObject({ value: 20 })
  })

  it.each([
    ['no PV', ['record', '--to', 'jsonl:x'], 'no PV is named'],
    ['no sink', ['record', 'a'], 'no sink is named'],
    ['a bad kind', ['record', 'a', '--to', 'jsnl:x'], 'unknown kind of store "jsnl"; did you mean "jsonl"?'],
    ['no kind', ['record', 'a', '--to', 'x'], '"x" is not the URL of a store'],
    ['no file', ['record', 'a', '--to', 'jsonl:'], 'names no file'],
    ['no database', ['record', 'a', '--to', 'influx://h'], 'name of a database'],
    ['a bad name', ['record', ' a', '--to', 'jsonl:x'], 'is not a PV name'],
    ['a bad number', ['record', 'a', '--to', 'jsonl:x', '--deadband', '-1'], '--deadband: "-1"'],
    ['a bad option of a store', ['record', 'a', '--to', 'influx://h/d?layut=tag'], 'did you mean "layout"?'],
    [
      'contradicting periods',
      ['record', 'a', '--to', 'jsonl:x', '--every', '5', '--min-period', '9'],
      '"every" is 5',
    ],
  ])('refuses %s', async (_, words, reason) => {
    const { code, stderr, stdout } = await run(words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(reason)
  })

  it('names the sink that cannot work, and shows no password', async () => {
    const failed = await run(['record', 'a', '--to', `jsonl:${folder}/absent/x.jsonl`])
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('sink "jsonl"')
    const refused = await run(['record', 'a', '--to', 'influx://me:hush@h/d?nope=1'])
    expect(refused.code).toBe(2)
    expect(refused.stderr).not.toContain('hush')
  })

  it('exits 1 when samples are lost at the end', async () => {
    await using recorder = new Running(['record', 'lab:t', '--to', 'influx://127.0.0.1:9/lab'], { server })
    await recorder.says('sink influx:')
    recorder.child.kill('SIGINT')
    const ended = await recorder.ended
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/1 samples are lost/)
  }, 30_000)
})

const T0 = 1_700_000_000_000_000_000n
const series: Series = { id: 'lab:t', type: 'float64', units: 'C' }
const at = (i: number, value: Sample['value'], of: Series = series, more: Partial<Sample> = {}): Sample => ({
  series: of,
  time: T0 + BigInt(i) * 1_000_000_000n,
  value,
  severity: 0,
  ...more,
})

async function stored(...samples: Sample[]): Promise<string> {
  const path = file()
  await writeFile(path, samples.map((sample) => `${encodeJson(sample)}\n`).join(''))
  return path
}

describe('history', () => {
  const range = ['--from', '1700000000', '--to', '2023-11-14T22:14:20']

  it('gives samples as JSON lines, a JSON array or CSV', async () => {
    const text: Series = { id: 'lab:"text"', type: 'string' }
    const path = await stored(
      at(0, 1),
      at(1, NaN, series, { severity: 2, status: 1, message: 'too, hot' }),
      at(2, 'a\n"b"', text),
    )
    const store = ['--store', `jsonl:${path}`]
    const asLines = await run(['history', 'lab:t', ...range, ...store])
    expect(asLines.stdout.split('\n')).toHaveLength(3)
    const asJson = await run(['history', 'lab:t', 'lab:"text"', ...range, ...store, '--json'])
    expect((JSON.parse(asJson.stdout) as { value: unknown }[]).map(({ value }) => value)).toEqual([
      1,
      'NaN',
      'a\n"b"',
    ])
    const asCsv = await run(['history', 'lab:t', 'lab:"text"', ...range, ...store, '--csv'])
    expect(asCsv.stdout).toBe(
      'pv,time,value,severity,status,message\n' +
        'lab:t,2023-11-14T22:13:20.000000000Z,1,0,,\n' +
        'lab:t,2023-11-14T22:13:21.000000000Z,NaN,2,1,"too, hot"\n' +
        '"lab:""text""",2023-11-14T22:13:22.000000000Z,"a\n""b""",0,,\n',
    )
    expect((await run(['history', 'lab:t', ...range, ...store, '--json', '--csv'])).code).toBe(2)
  })

  it('gives windows, the state at a time, a limit and an order', async () => {
    const path = await stored(...[0, 1, 2, 3, 10].map((i) => at(i, i)))
    const store = ['--store', `jsonl:${path}`]
    const windows = await run(['history', 'lab:t', ...range, ...store, '--width', '10s', '--csv'])
    expect(windows.stdout.split('\n').slice(1, 3)).toEqual([
      'lab:t,2023-11-14T22:13:20.000000000Z,10000000000,0,1.5,3,4,1.2909944487358056',
      'lab:t,2023-11-14T22:13:30.000000000Z,10000000000,10,10,10,1,',
    ])
    const state = await run(['history', 'lab:t', ...store, '--at', '1700000002.5'])
    expect(JSON.parse(state.stdout)).toMatchObject({ value: 2 })
    const last = await run(['history', 'lab:t', ...range, ...store, '--limit', '2', '--order', 'desc'])
    expect(
      last.stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { value: number }).value),
    ).toEqual([10, 3])
  })

  it('tells an unknown PV from one without samples in the range', async () => {
    const path = await stored(at(0, 1))
    const store = ['--store', `jsonl:${path}`]
    expect(await run(['history', 'lab:t', ...store])).toMatchObject({ code: 0, stdout: '', stderr: '' })
    const unknown = await run(['history', 'lab:t', 'lab:x', ...store])
    expect(unknown).toMatchObject({ code: 3, stdout: '' })
    expect(unknown.stderr).toContain('lab:x: the store has nothing of it')
    expect((await run(['history', 'lab:t', ...store, '--at', '5'])).code).toBe(3)
  })

  it('finds series by glob', async () => {
    const path = await stored(
      at(0, 1),
      at(0, 1, { id: 'lab:u', type: 'int64' }),
      at(0, 1, { id: 'x', type: 'int8' }),
    )
    const found = await run(['history', 'find', 'lab:?', '--store', `jsonl:${path}`])
    expect(found.stdout).toBe('{"pv":"lab:t","type":"float64","units":"C"}\n')
    expect((await run(['history', 'find', 'y*', '--store', `jsonl:${path}`])).code).toBe(3)
  })

  it('copies a range into another store, again without doubling', async () => {
    const path = await stored(...[0, 1, 2].map((i) => at(i, i)))
    const to = file()
    const words = ['history', 'copy', 'lab:t', '--store', `jsonl:${path}`, '--into', `jsonl:${to}`, ...range]
    for (let i = 0; i < 2; i++)
      expect(await run(words)).toMatchObject({
        code: 0,
        stderr: 'node-pvxs: lab:t: 3 read, 3 written, 0 refused\n',
      })
    const values: unknown[] = []
    for await (const batch of new JsonlStore(to).read('lab:t', { from: T0, to: T0 + 60_000_000_000n }))
      values.push(...batch.map(({ value }) => value))
    expect(values).toEqual([0, 1, 2])
  })

  it('tells of damaged lines on stderr', async () => {
    const path = await stored(at(0, 1))
    await appendFile(path, '{"pv":')
    const read = await run(['history', 'lab:t', ...range, '--store', `jsonl:${path}`])
    expect(read.code).toBe(0)
    expect(read.stderr).toContain('1 lines of')
  })

  it('ends quietly when nobody reads its output any more', async () => {
    const path = await stored(
      ...Array.from({ length: 20_000 }, (_, i) => ({ ...at(0, i), time: T0 + BigInt(i) })),
    )
    await using reading = new Running(['history', 'lab:t', ...range, '--store', `jsonl:${path}`])
    onTestFinished(() => void reading.child.kill())
    await reading.line()
    reading.child.stdout.destroy()
    expect(await reading.ended).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    ['no store', ['history', 'a'], 'no store is named'],
    ['no PV', ['history', '--store', 'jsonl:x'], 'no PV is named'],
    [
      'a bad time',
      ['history', 'a', '--store', 'jsonl:x', '--from', 'yesterday'],
      '--from: "yesterday" is not a time',
    ],
    ['a bad span', ['history', 'a', '--store', 'jsonl:x', '--width', '5'], '--width: "5" is not a span'],
    [
      'a reversed range',
      ['history', 'a', '--store', 'jsonl:x', '--from', 'now', '--to', '-1h'],
      'not before',
    ],
    ['a limit of 0', ['history', 'a', '--store', 'jsonl:x', '--limit', '0'], '--limit'],
    ['stdout', ['history', 'a', '--store', 'jsonl:-'], 'cannot be read'],
    [
      'a width at a time',
      ['history', 'a', '--store', 'jsonl:x', '--at', 'now', '--width', '5s'],
      '--width has no meaning',
    ],
    ['a find without a pattern', ['history', 'find', '--store', 'jsonl:x'], 'find takes one pattern'],
    ['a copy into nothing', ['history', 'copy', 'a', '--store', 'jsonl:x'], '--into URL'],
  ])('refuses %s', async (_, words, reason) => {
    const { code, stdout, stderr } = await run(words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(reason)
  })

  it('fails when the store cannot be read, and names it', async () => {
    const failed = await run(['history', 'a', '--store', `jsonl:${folder}/absent.jsonl`])
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('absent.jsonl')
  })
})
