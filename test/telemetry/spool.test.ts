import { spawn } from 'node:child_process'
import { appendFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, symlink, mkdir, writeFile, copyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Batcher, SinkError, Spool, type Sample, type Series, type Sink } from 'node-pvxs/telemetry'
import { rejection, turn, until } from '../unit/fixtures.js'

const root = join(import.meta.dirname, '../..')
const series: Series = { id: 'x', type: 'float64', units: 'C' }
const sample = (i: number, more: Partial<Sample> = {}): Sample => ({
  series,
  time: BigInt(i),
  value: i,
  severity: 0,
  ...more,
})
const never: Sink = { write: () => new Promise(() => undefined), close: () => Promise.resolve() }

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spool-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Delivers all that is in the folder. */
async function delivered(): Promise<Sample[]> {
  const got: Sample[] = []
  await using spool = await Spool.open(folder)
  await using batcher = new Batcher(
    {
      write: (b) => (got.push(...b), Promise.resolve({ written: b.length, rejected: [] })),
      close: () => Promise.resolve(),
    },
    { spool },
  )
  await batcher.flush()
  expect(spool.waiting).toBe(0)
  return got
}

describe('a Spool', () => {
  it('keeps what a sink never took for the next run, exactly and in order', async () => {
    const kinds: [Series['type'], Sample['value']][] = [
      ['float64', -0],
      ['float64', NaN],
      ['float64', 5e-324],
      ['int64', -(2n ** 63n)],
      ['uint64', 2n ** 64n - 1n],
      ['string', 'żółć\0\n\ud800'],
      ['bool', true],
      ['enum', 1],
      ['float64', null],
      ['float64', Infinity],
      ['float32[]', Float32Array.of(1, NaN)],
      ['int64[]', BigInt64Array.of(-1n)],
      ['string[]', ['a', '']],
      ['uint8[]', new Uint8Array([1, 2, 3]).subarray(1)],
    ]
    const all = kinds.map(([type, value], i) =>
      sample(i, {
        series: { id: `s${i}`, type, ...(type === 'enum' ? { choices: ['a'] } : {}) },
        value,
        severity: 3,
        status: 2,
        message: 'm',
      }),
    )
    {
      await using spool = await Spool.open(folder)
      await using batcher = new Batcher(never, { spool })
      for (const one of all) await batcher.push([one])
      expect(spool.waiting).toBe(all.length)
      expect(spool.bytes).toBeGreaterThan(0)
      expect(batcher.stats).toMatchObject({ pushed: all.length, buffered: all.length, spooled: all.length })
    }
    expect(await delivered()).toEqual(all)
  })

  it('counts what it held as pushed, and balances', async () => {
    {
      await using spool = await Spool.open(folder)
      await using batcher = new Batcher(never, { spool })
      await batcher.push([sample(0), sample(1)])
    }
    await using spool = await Spool.open(folder)
    expect(spool.waiting).toBe(2)
    let answers = 0
    const sink: Sink = {
      ...never,
      write: (b) => (answers++, Promise.resolve({ written: b.length, rejected: [] })),
    }
    await using batcher = new Batcher(sink, { spool, linger: 0 })
    await batcher.push([sample(2)])
    await batcher.flush()
    expect(answers).toBeGreaterThan(0)
    expect(batcher.stats).toMatchObject({ pushed: 3, written: 3, buffered: 0, spooled: 0 })
  })

  it('loses nothing to SIGKILL', async () => {
    const child = spawn(process.execPath, [join(root, 'test/telemetry/programs/spooling.mjs'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    await until(() => said.split('\n').length > 200, 'samples on disk', 30_000)
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1))
    const got = (await delivered()).map(({ value }) => value)
    expect(got.length).toBeGreaterThan(last)
    expect(got).toEqual(Array.from({ length: got.length }, (_, i) => BigInt(i)))
  })

  it('ends at once when closed while the sink is away', async () => {
    await using spool = await Spool.open(folder)
    const batcher = new Batcher(
      { ...never, write: () => Promise.reject(new SinkError('away', { code: 'E', retryable: true })) },
      { spool, linger: 0 },
    )
    await batcher.push([sample(0)])
    await until(() => batcher.stats.retried > 0, 'a failure')
    await batcher.close()
    expect(spool.waiting).toBe(1)
  })

  it('blocks when it is full, and goes on when there is room', async () => {
    await using spool = await Spool.open(folder, { maxBytes: 2000 })
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const got: unknown[] = []
    const sink: Sink = {
      ...never,
      write: async (b) => {
        await gate
        got.push(...b.map(({ value }) => value))
        return { written: b.length, rejected: [] }
      },
    }
    await using batcher = new Batcher(sink, { spool, maxItems: 1, linger: 0 })
    let pushed = 0
    const pushing = (async () => {
      for (let i = 0; i < 40; i++, pushed++) await batcher.push([sample(i)])
    })()
    await until(() => pushed > 2, 'some on disk')
    for (let i = 0; i < 50; i++) await turn()
    expect(pushed).toBeLessThan(40)
    open()
    await pushing
    await batcher.flush()
    expect(got).toEqual(Array.from({ length: 40 }, (_, i) => i))
  })

  it('drops the oldest when it is full and told so', async () => {
    await using spool = await Spool.open(folder, { maxBytes: 2000 })
    await using batcher = new Batcher(never, { spool, overflow: 'drop-oldest', maxItems: 1, linger: 0 })
    for (let i = 0; i < 40; i++) await batcher.push([sample(i)])
    const { pushed, dropped, buffered } = batcher.stats
    expect(pushed).toBe(40)
    expect(dropped).toBeGreaterThan(10)
    expect(dropped + buffered).toBe(40)
  })

  it('skips a damaged record and counts it', async () => {
    {
      await using spool = await Spool.open(folder)
      await using batcher = new Batcher(never, { spool })
      await batcher.push([sample(0)])
    }
    const { ClassicLevel } = await import('classic-level')
    const db = new ClassicLevel<string, Uint8Array>(folder, { valueEncoding: 'view' })
    await db.put('00000000000001:3:20', new Uint8Array(20))
    await db.close()
    const got: Sample[] = []
    await using spool = await Spool.open(folder)
    await using batcher = new Batcher(
      { ...never, write: (b) => (got.push(...b), Promise.resolve({ written: b.length, rejected: [] })) },
      { spool },
    )
    await batcher.flush()
    expect(got).toEqual([sample(0)])
    expect(batcher.stats).toMatchObject({ pushed: 4, written: 1, dropped: 3, buffered: 0 })
  })

  it('survives a log that ends in garbage', async () => {
    {
      await using spool = await Spool.open(folder)
      await using batcher = new Batcher(never, { spool })
      await batcher.push([sample(0)])
    }
    const log = readdirSync(folder).find((name) => name.endsWith('.log')) as string
    appendFileSync(join(folder, log), Buffer.from('garbage of a write that was cut short'))
    expect(await delivered()).toEqual([sample(0)])
  })

  it('belongs to one owner', async () => {
    await using spool = await Spool.open(folder)
    expect(await rejection(Spool.open(folder))).toMatchObject({
      name: 'SpoolError',
      code: 'ERR_SPOOL_LOCKED',
    })
    await using batcher = new Batcher(never, { spool })
    expect(() => new Batcher(never, { spool })).toThrow(/has a Batcher/)
    expect(batcher.stats.pushed).toBe(0)
  })

  it.each(['', 5])('refuses %o as its folder', async (path) => {
    expect(await rejection(Spool.open(path as string))).toMatchObject({ code: 'ERR_PVA_ARGUMENT' })
  })

  // In /proc Node's own recursive mkdir turns for ever.
  it.each(['/dev/null/spool', ...(process.platform === 'linux' ? ['/proc/none/spool'] : [])])(
    'says that %s cannot be its folder',
    async (path) => {
      expect(await rejection(Spool.open(path))).toMatchObject({ code: 'ERR_SPOOL_FOLDER' })
    },
  )

  it('refuses wrong options, and pushes after close', async () => {
    expect((await rejection(Spool.open(folder, { maxBytes: -1 }))).message).toMatch(/maxBytes/)
    const spool = await Spool.open(folder)
    await using batcher = new Batcher(never, { spool })
    await spool.close()
    await spool.close()
    expect(await rejection(batcher.push([sample(0)]))).toMatchObject({ code: 'ERR_PVA_CLOSED' })
  })

  it('says what to install where classic-level is missing; all else works', async () => {
    await mkdir(join(folder, 'node_modules/node-pvxs'), { recursive: true })
    await copyFile(join(root, 'package.json'), join(folder, 'node_modules/node-pvxs/package.json'))
    await import('node:fs/promises').then(({ cp }) =>
      cp(join(root, 'dist'), join(folder, 'node_modules/node-pvxs/dist'), { recursive: true }),
    )
    for (const name of ['undici', 'lossless-json'])
      await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
    await writeFile(
      join(folder, 'a.mjs'),
      `import { Spool, samples } from 'node-pvxs/telemetry'
import 'node-pvxs/influx'
samples()
await Spool.open('spool').catch((e) => console.log(e.code, e.message))`,
    )
    const { execFileSync } = await import('node:child_process')
    const said = execFileSync(process.execPath, ['a.mjs'], { cwd: folder, encoding: 'utf8' })
    expect(said).toMatch(/^ERR_TELEMETRY_PEER .*npm install classic-level/)
  })
})
