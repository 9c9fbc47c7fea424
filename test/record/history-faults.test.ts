// Stores and what serves them, when things go wrong: every sample that is intact arrives, once and in order.
import { execFileSync } from 'node:child_process'
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { JsonlStore, serveHistory, type HistoryServer } from 'node-pvxs/record'
import { Batcher, encodeJson, SinkError, type History, type Sample, type Series } from 'node-pvxs/telemetry'
import { onLinux, unless } from '../needs.js'
import { deferred, leavesNothing, levelsOff, loopback, rejection, until } from '../unit/fixtures.js'
import { sample, SECOND, SECONDS0, T0, temperature } from './history-store.js'

leavesNothing()

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-faults-'))
  path = join(folder, 'lab.jsonl')
})
const disks: string[] = []
afterEach(async () => {
  for (const disk of disks.splice(0)) execFileSync('umount', [disk])
  await rm(folder, { recursive: true })
})

const RANGE = { from: T0, to: T0 + 1_000_000n * SECOND }
const counter = (count: number, from = 0): Sample[] =>
  Array.from({ length: count }, (_, i) => sample(temperature, from + i, from + i))
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

async function valuesIn(store: History, range = RANGE): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const batch of store.read('lab:t', range)) all.push(...batch.map(({ value }) => value))
  return all
}

async function serving(store: History): Promise<HistoryServer & { readonly url: string }> {
  const { server } = await loopback({}, { after: onTestFinished })
  const served = await serveHistory(store, { server, http: { port: 0 }, maxSamples: 10_000_000 })
  onTestFinished(() => served.close())
  return served as HistoryServer & { readonly url: string }
}

async function got(url: string, range = `from=${SECONDS0}&to=${SECONDS0 + 1_000_000}`): Promise<unknown[]> {
  const response = await fetch(`${url}/data/getData.json?pv=lab:t&${range}`)
  const blocks = (await response.json()) as { data: { val: unknown }[] }[]
  return (blocks[0]?.data ?? []).map(({ val }) => val)
}

describe('torn files', () => {
  it('give every whole line, whatever byte the file ends at', async () => {
    const text = counter(4).map((one) => `${encodeJson(one)}\n`)
    const all = Buffer.from(text.join(''))
    const ends = text.map((_, i) => text.slice(0, i + 1).join('').length)
    for (let size = 0; size <= all.length; size += 7) {
      await writeFile(path, all.subarray(0, size))
      // A line without its line break is whole all the same.
      expect(await valuesIn(new JsonlStore(path)), `${size} bytes`).toEqual(
        numbers(ends.filter((end) => end - 1 <= size).length),
      )
    }
  })

  it('that are cut while they are read give what is left', async () => {
    const store = new JsonlStore(path)
    await store.write(counter(40_000))
    await store.close()
    const all: unknown[] = []
    for await (const batch of store.read('lab:t', RANGE)) {
      if (all.length === 0) await truncate(path, (await readFile(path)).length / 2 + 5)
      all.push(...batch.map(({ value }) => value))
    }
    expect(all).toEqual(numbers(all.length))
    expect(all.length).toBeGreaterThan(10_000)
    expect(all.length).toBeLessThan(40_000)
    expect(store.damaged).toBeGreaterThan(0)
  })

  it('grow while they are served: what was there at the start arrives', async () => {
    const store = new JsonlStore(path)
    await store.write(counter(2_000))
    const { url } = await serving(store)
    const asked = got(url)
    await store.write(counter(2_000, 2_000))
    const first = await asked
    expect(first).toEqual(numbers(first.length))
    expect(first.length).toBeGreaterThanOrEqual(2_000)
    expect(await got(url)).toEqual(numbers(4_000))
    await store.close()
  })
})

const tmpfs = unless(
  process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'mounts a small disk: root on Linux',
)

describe('a full disk', () => {
  it.skipIf(tmpfs.missing)(
    tmpfs.named('is an error that a retry mends, and what was torn by it costs nothing'),
    async () => {
      const disk = join(folder, 'disk')
      await mkdir(disk)
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk])
      disks.push(disk)
      await writeFile(join(disk, 'ballast'), Buffer.alloc(64 * 1_024))
      const store = new JsonlStore(join(disk, 'lab.jsonl'))
      const full = deferred<Error>()
      const batcher = new Batcher(store, {
        maxItems: 200,
        linger: 0,
        retry: { min: 5, max: 5 },
        onError: (error) => {
          full.resolve(error)
        },
      })
      await batcher.push(counter(1_000))
      const error = await full.promise
      expect(error).toBeInstanceOf(SinkError)
      expect(error).toMatchObject({ retryable: true, code: 'ERR_JSONL_WRITE' })
      expect(error.message).toContain('ENOSPC')
      // Readers go on meanwhile.
      expect((await valuesIn(store)).length).toBeGreaterThan(200)
      await rm(join(disk, 'ballast'))
      await batcher.flush()
      expect(batcher.stats).toMatchObject({ written: 1_000, dropped: 0, rejected: 0 })
      expect(await valuesIn(store)).toEqual(numbers(1_000))
      await batcher.close()
      await store.close()
    },
  )

  it.skipIf(onLinux.missing)(onLinux.named('writes nothing, and says so'), async () => {
    await using store = new JsonlStore('/dev/full')
    const error = await rejection(store.write(counter(3)))
    expect(error).toMatchObject({ retryable: true, code: 'ERR_JSONL_WRITE' })
  })
})

describe('bad lines', () => {
  const BAD = [
    '',
    '\r',
    'not JSON',
    '{"pv":"lab:t"',
    '{"pv":"lab:t","type":"float64","time":"x","value":1,"severity":0}',
    '{"pv":"lab:t","type":"float65","time":"1","value":1,"severity":0}',
    '{"pv":"lab:t","type":"float64","time":"1","value":"1","severity":0}',
    '{"pv":5}',
    'null',
    '[]',
    '\u0000\u0000',
    '\ud800',
    `"${'x'.repeat(100_000)}"`,
  ]
  const damage = [
    ...BAD.map((line) => Buffer.from(line)),
    Buffer.from([0xff, 0xfe, 0x80]),
    Buffer.from([0xc3]),
  ]

  it('between all others are passed over, and those are served in order, once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(numbers(30), { minLength: 30 }),
        fc.array(fc.constantFrom(...damage), { minLength: 30, maxLength: 60 }),
        async (order, bad) => {
          const lines: Buffer[] = []
          for (const i of order) {
            lines.push(Buffer.from(encodeJson(sample(temperature, i, -1)))) // a later line of its time wins
          }
          for (const i of order) {
            lines.push(bad[i] as Buffer, Buffer.from(encodeJson(sample(temperature, i, i))))
          }
          await writeFile(path, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])))
          expect(await valuesIn(new JsonlStore(path))).toEqual(numbers(30))
        },
      ),
      { numRuns: Number(process.env['NODE_PVXS_RUNS'] ?? 25) },
    )
  })

  it('are counted, and served around', async () => {
    const store = new JsonlStore(path)
    await store.write(counter(2))
    for (const line of damage) await appendFile(path, Buffer.concat([line, Buffer.from('\n')]))
    await store.write(counter(1, 2))
    const { url } = await serving(store)
    expect(await got(url)).toEqual([0, 1, 2])
    expect(store.damaged).toBe(damage.length - 2) // an empty line is none
    await store.close()
  })
})

describe('clock steps', () => {
  it.each([1, -1])('of %i day move "the last hour", and end no request', async (days) => {
    const now = Date.now()
    const store = new JsonlStore(path)
    const at = (ms: number, value: number): Sample => ({
      ...sample(temperature, 0, value),
      time: BigInt(ms) * 1_000_000n,
    })
    await store.write([at(now - 60_000, 1), at(now + days * 86_400_000 - 60_000, 2)])
    const { url } = await serving(store)
    expect((await got(url, '')).at(-1)).toBe(1)
    const clock = vi.spyOn(Date, 'now').mockReturnValue(now + days * 86_400_000)
    onTestFinished(() => {
      clock.mockRestore()
    })
    expect((await got(url, '')).at(-1)).toBe(2)
    await store.close()
  })
})

describe('huge ranges and windows', () => {
  const ranges = [
    [0, '9223372036854775807'],
    ['0', '2262-04-11T23:47:16.854775807Z'],
  ] as const

  it.each(ranges)('from %s to %s give what there is', async (from, to) => {
    const store = new JsonlStore(path)
    await store.write(counter(5))
    const { url } = await serving(store)
    expect(await got(url, `from=${from}&to=${to}`)).toEqual(numbers(5))
    await store.close()
  })

  it.each([
    ['1ms', 5],
    ['999999999d', 1],
    ['999999999', 2],
  ])('%s wide give the windows that have samples', async (width, count) => {
    const { ctx, server } = await loopback({}, { after: onTestFinished })
    const store = new JsonlStore(path)
    await store.write(counter(5, 299_999_997)) // over the end of the second window of 999999999 s
    const served = await serveHistory(store, { server })
    onTestFinished(() => served.close())
    const args = { pv: 'lab:t', from: 0, to: '9223372036854775807', width }
    const table = (await ctx.rpc('hist', args)) as unknown as { value: { count: Int32Array } }
    expect(table.value.count).toHaveLength(count)
    expect(table.value.count.reduce((a, b) => a + b)).toBe(5)
    await store.close()
  })
})

/** Samples that nobody holds, as from a large database. */
class GeneratedStore implements History {
  readonly #count: number

  constructor(count: number) {
    this.#count = count
  }

  async *read(): AsyncGenerator<Sample[]> {
    for (let i = 0; i < this.#count; i += 1_000) {
      yield counter(1_000, i)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  async *windows(): AsyncGenerator<never> {}
  at(ids: readonly string[]): Promise<(Sample | null)[]> {
    return Promise.resolve(ids.map(() => null))
  }
  // eslint-disable-next-line @typescript-eslint/require-await -- nothing to wait for
  async *find(): AsyncGenerator<Series> {
    yield temperature
  }
}

describe('bounded memory', () => {
  it('an answer by HTTP costs none, however long it is', async () => {
    const { url } = await serving(new GeneratedStore(400_000))
    const stream = async (): Promise<void> => {
      for (const format of ['json', 'raw']) {
        const response = await fetch(`${url}/data/getData.${format}?pv=lab:t`)
        let bytes = 0
        for await (const part of response.body as ReadableStream<Uint8Array>) bytes += part.length
        expect(bytes).toBeGreaterThan(4_000_000)
      }
    }
    await stream()
    // Held, one answer of them would be 30 MB.
    await levelsOff('heapUsed', stream, 4_000_000)
  })

  it.skipIf(onLinux.missing)(onLinux.named('no file stays open after aborts and errors'), async () => {
    const store = new JsonlStore(path)
    await store.write(counter(20_000))
    await store.close()
    const { url } = await serving(store)
    const isOpen = async (): Promise<boolean> => {
      const links = await readdir('/proc/self/fd')
      const { readlink } = await import('node:fs/promises')
      const targets = await Promise.all(links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
      return targets.includes(path)
    }
    const probe = await open(path)
    expect(await isOpen()).toBe(true)
    await probe.close()
    for (let i = 0; i < 20; i++) {
      const leave = new AbortController()
      const asked = fetch(`${url}/data/getData.json?pv=lab:t&from=0`, { signal: leave.signal })
      const timer = setTimeout(() => {
        leave.abort()
      }, i)
      await asked.then(
        (response) => response.text().catch(() => ''),
        () => '',
      )
      clearTimeout(timer)
    }
    for (const bad of ['from=x', 'pv=nth(lab:t)']) await fetch(`${url}/data/getData.json?pv=lab:t&${bad}`)
    let held = true
    const look = setInterval(() => void isOpen().then((is) => (held = is)), 5)
    onTestFinished(() => {
      clearInterval(look)
    })
    await until(() => !held, 'the file is closed')
  })
})
