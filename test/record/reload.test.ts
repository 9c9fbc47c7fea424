// Configurations that change while a recorder runs.
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Server, type AnyPV } from 'node-pvxs'
import { ConfigError, JsonlStore, RecordError, type RecordConfig } from 'node-pvxs/record'
import { Running } from '../cli/run.js'
import { leavesNothing, rejection, until } from '../unit/fixtures.js'
import { away } from './counting.js'
import { double, FAST, folder, recording, recordingFile } from './staging.js'

leavesNothing()

const all = { type: 'custom', batch: FAST } as const

async function valuesIn(path: string, id: string): Promise<unknown[]> {
  const values: unknown[] = []
  for await (const batch of new JsonlStore(path).read(id, { from: 0n, to: 2n ** 62n }))
    values.push(...batch.map(({ value }) => value))
  return values
}

describe('another sink', () => {
  it('is added and removed without a new monitor, and begins with what is there', async () => {
    const t = double(1)
    const { recorder, sink, other } = await recording({ t })
    await sink.until(() => sink.samples.length === 1)
    const config: RecordConfig = { pvs: ['t'], sinks: { all, other: all } }
    expect(await recorder.update(config)).toEqual({ added: 0, removed: 0, changed: 1, kept: 0 })
    await other.until(() => other.samples.length === 1)
    t.post({ value: 2 })
    await other.until(() => other.samples.length === 2)
    expect(recorder.pv('t')).toMatchObject({ sinks: ['all', 'other'], received: 2 })
    await recorder.update({ pvs: ['t'], sinks: { other: all } })
    t.post({ value: 3 })
    await other.until(() => other.samples.length === 3)
    expect([sink.values('t'), other.values('t')]).toEqual([
      [1, 2],
      [1, 2, 3],
    ])
    expect(Object.keys(recorder.status().sinks)).toEqual(['other'])
    expect(t.subscribers).toBe(1)
  })

  it('takes the place of one that changed, and no sample falls between', async () => {
    const path = await folder()
    const [one, two] = [join(path, 'one.jsonl'), join(path, 'two.jsonl')]
    const t = double(0)
    const to = (file: string): RecordConfig => ({
      pvs: ['t'],
      sinks: { file: { type: 'jsonl', path: file, batch: { linger: 5 } } },
    })
    const { recorder } = await recording({ t }, to(one))
    await until(() => recorder.pv('t')?.received === 1, 'the first has come')
    let changing: Promise<unknown> | undefined
    for (let i = 1; i <= 200; i++) {
      t.post({ value: i })
      if (i === 100) changing = recorder.update(to(two))
      await until(() => recorder.pv('t')?.received === i + 1, 'it has come')
    }
    await changing
    await recorder.flush()
    const [first, second] = [await valuesIn(one, 't'), await valuesIn(two, 't')]
    expect(second.at(-1)).toBe(200)
    expect(new Set([...first, ...second])).toEqual(new Set(Array.from({ length: 201 }, (_, i) => i)))
    expect(recorder.status().sinks['file']).toMatchObject({ written: 201, state: 'ok', buffered: 0 })
  })

  it('takes over what the one before could not write', async () => {
    const path = join(await folder(), 'saved.jsonl')
    const t = double(0)
    const { recorder, sink } = await recording({ t })
    await sink.until(() => sink.values('t').length === 1)
    sink.fault = away
    for (let i = 1; i <= 20; i++) {
      t.post({ value: i })
      await until(() => recorder.pv('t')?.received === i + 1, 'it has come')
    }
    await sink.until(() => sink.attempts > 1)
    await recorder.update({ pvs: ['t'], sinks: { all: { type: 'jsonl', path } } })
    await recorder.flush()
    const written = [...sink.values('t'), ...(await valuesIn(path, 't'))]
    expect(written).toEqual(Array.from({ length: 21 }, (_, i) => i))
    expect(recorder.status()).toMatchObject({ state: 'running' })
  })

  it('keeps the spool of one that changed, and other limits act at once', async () => {
    const dir = await folder()
    const path = join(dir, 'saved.jsonl')
    const t = double(0)
    const spool = { dir: join(dir, 'spool'), sync: false }
    const { recorder, sink } = await recording({ t }, { spool })
    await sink.until(() => sink.values('t').length === 1)
    sink.fault = away
    for (let i = 1; i <= 20; i++) {
      t.post({ value: i })
      await until(() => recorder.pv('t')?.received === i + 1, 'it has come')
    }
    await sink.until(() => sink.attempts > 1)
    await recorder.update({
      pvs: ['t'],
      sinks: { all: { type: 'jsonl', path, batch: { linger: 0, maxItems: 3 } } },
      spool: { ...spool, maxBytes: 1_000_000 },
    })
    await until(() => recorder.status().sinks['all']?.buffered === 0, 'all is written')
    expect(new Set([...sink.values('t'), ...(await valuesIn(path, 't'))]).size).toBe(21)
  })

  it('that can never work changes nothing', async () => {
    const t = double(1)
    const { recorder, sink, lines } = await recording({ t })
    await sink.until(() => sink.samples.length === 1)
    const bad = recorder.update({
      pvs: ['t', 'u'],
      sinks: { all, file: { type: 'jsonl', path: '/dev/null/x.jsonl' } },
    })
    expect(await rejection(bad)).toMatchObject({ code: 'ERR_RECORD_START', sink: 'file' })
    t.post({ value: 2 })
    await sink.until(() => sink.samples.length === 2)
    expect(recorder.status()).toMatchObject({ pvs: 1, reloads: 0, reloadFailures: 1 })
    expect(recorder.status().lastReloadError).toContain('/dev/null/x.jsonl')
    expect(lines.at(-1)).toContain('stays as it was')
    await recorder.update({ remove: ['t'] })
    expect(recorder.status().lastReloadError).toBe(undefined)
  })

  it('is refused when it would need a start: each key that is fixed is a fault', async () => {
    const { recorder } = await recording({ t: double(1) }, { name: 'one' })
    const failed = await rejection(
      recorder.update({
        name: 'two',
        pva: { useEnv: false },
        pvs: ['t'],
        sinks: { all },
        spool: { dir: 'x' },
        http: { port: 0 },
        status: { prefix: 'x:' },
      }),
    )
    expect(failed).toBeInstanceOf(ConfigError)
    expect((failed as unknown as ConfigError).faults.map(({ pointer }) => pointer).sort()).toEqual([
      '/http',
      '/name',
      '/pva',
      '/spool/dir',
      '/status',
    ])
    expect(failed.message).toContain('cannot change while the recorder runs')
    expect(await rejection(recorder.reload())).toMatchObject({ code: 'ERR_RECORD_STATE' })
    expect(await rejection(recorder.reload())).toBeInstanceOf(RecordError)
  })
})

const text = (pvs: string, more = ''): string =>
  `{ "name": "r", "pvs": ${pvs},\n  "sinks": { "all": { "type": "custom", "batch": { "linger": 0 } } }${more} }`

describe('a file that is watched', () => {
  const pvs = (): Record<string, AnyPV> => ({ a: double(1), b: double(2), c: double(3) })
  const watch = ', "watch": true'

  async function follows(path: string, change: (text: string) => Promise<void>): Promise<void> {
    const { recorder, sink } = await recordingFile(pvs(), path)
    await sink.until(() => sink.values('a').length === 1)
    await change(text('["a", "b"]', watch))
    await sink.until(() => sink.values('b').length === 1)
    expect([...recorder.pvs()].map(({ name }) => name)).toEqual(['a', 'b'])
    expect(sink.values('a')).toEqual([1])
  }

  it('acts when it is written', async () => {
    const path = join(await folder({ 'r.jsonc': text('["a"]', watch) }), 'r.jsonc')
    await follows(path, (content) => writeFile(path, content))
  })

  it('acts when it is replaced by another', async () => {
    const path = join(await folder({ 'r.jsonc': text('["a"]', watch) }), 'r.jsonc')
    await follows(path, async (content) => {
      await writeFile(`${path}.new`, content)
      await rename(`${path}.new`, path)
    })
  })

  it('acts when a symbolic link above it is replaced, as Kubernetes does', async () => {
    const dir = await folder()
    for (const version of ['1', '2']) await mkdir(join(dir, version))
    await writeFile(join(dir, '1/r.jsonc'), text('["a"]', watch))
    await symlink('1', join(dir, 'data'))
    const path = join(dir, 'data/r.jsonc')
    await follows(path, async (content) => {
      await writeFile(join(dir, '2/r.jsonc'), content)
      await symlink('2', join(dir, 'data.new'))
      await rename(join(dir, 'data.new'), join(dir, 'data'))
    })
  })

  it('acts when a file of names changes', async () => {
    const dir = await folder({ 'r.jsonc': text('[{ "file": "names.txt" }]', watch), 'names.txt': 'a\n' })
    const { sink } = await recordingFile(pvs(), join(dir, 'r.jsonc'))
    await sink.until(() => sink.values('a').length === 1)
    await writeFile(join(dir, 'names.txt'), 'a\nc\n')
    await sink.until(() => sink.values('c').length === 1)
  })

  it('with faults changes nothing, and says so with their places until it is right again', async () => {
    const path = join(await folder({ 'r.jsonc': text('["a"]', watch) }), 'r.jsonc')
    const { recorder, sink, lines } = await recordingFile(pvs(), path)
    await sink.until(() => sink.values('a').length === 1)
    await writeFile(path, text('["a", 5]', watch))
    await until(() => recorder.status().reloadFailures === 1, 'it is counted')
    expect(recorder.status()).toMatchObject({ pvs: 1, reloads: 0 })
    expect(recorder.status().lastReloadError).toContain(
      `${path}:1:29 /pvs/1: entry 1 is text or an object, not 5`,
    )
    expect(lines.at(-1)).toContain('/pvs/1')
    await writeFile(path, text('["a"]', ', "watch": true, "http": { "port": 0 }'))
    await until(() => recorder.status().reloadFailures === 2, 'it is counted')
    expect(recorder.status().lastReloadError).toMatch(/r\.jsonc:2:\d+ \/http: "http" cannot change/)
    await writeFile(path, text('["b"]', watch))
    await sink.until(() => sink.values('b').length === 1)
    await until(() => recorder.status().lastReloadError === undefined, 'it is forgotten')
  })
})

describe('SIGHUP', () => {
  it('reads the configuration again, below the options of the command', async () => {
    const [a, b] = [double(1), double(2)]
    const server = await Server.start({ isolated: true, pvs: { a, b } })
    onTestFinished(() => server.close())
    const dir = await folder()
    const path = join(dir, 'r.jsonc')
    const config = (pvs: string): string =>
      `{ "pvs": ${pvs}, "sinks": { "f": { "type": "jsonl", "path": "out.jsonl", "batch": { "linger": 0 } } } }`
    await writeFile(path, config('["a"]'))
    await using recorder = new Running(['record', path, '--deadband', '10', '-v'], { server })
    await recorder.says('recording 1 PVs')
    await writeFile(path, config('["a", "b"]'))
    recorder.child.kill('SIGHUP')
    await recorder.says('1 PVs added, 0 removed, 0 changed')
    for (const value of [3, 4, 20]) b.post({ value })
    await until(() => b.subscribers === 1, 'it is recorded')
    const out = async (): Promise<string> => readFile(join(dir, 'out.jsonl'), 'utf8').catch(() => '')
    while (!(await out()).includes('"b"')) await new Promise((resolve) => setTimeout(resolve, 10))
    await writeFile(path, '{')
    recorder.child.kill('SIGHUP')
    await recorder.says('stays as it was')
    expect(recorder.stderr).toContain(`${path}:1:2`)
    recorder.child.kill('SIGTERM')
    expect((await recorder.ended).code).toBe(0)
    const values = (await valuesIn(join(dir, 'out.jsonl'), 'b')) as number[]
    expect(values.every((value, i) => i === 0 || Math.abs(value - (values[i - 1] as number)) > 10)).toBe(true)
  })
})
