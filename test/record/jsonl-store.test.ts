// A file of JSON lines as a store, damaged and rotated.
import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { JsonlStore, RecordError } from 'node-pvxs/record'
import { encodeJson, SinkError, type Sample, type Series } from 'node-pvxs/telemetry'

const T0 = 1_700_000_000_000_000_000n
const series: Series = { id: 'lab:t', type: 'float64', units: 'C' }
const at = (i: number, value: number, of = series): Sample => ({
  series: of,
  time: T0 + BigInt(i),
  value,
  severity: 0,
})

let folder: string
let path: string
let store: JsonlStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-jsonl-'))
  path = join(folder, 'lab.jsonl')
  store = new JsonlStore(path)
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

async function values(id = 'lab:t'): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const batch of store.read(id, { from: T0, to: T0 + 1_000_000n }))
    all.push(...batch.map(({ value }) => value))
  return all
}

it('lets the last line of a time win, whatever the order of the lines', async () => {
  const lines = [at(2, 20), at(0, 1), at(2, 21), at(1, 10), at(0, 2)]
  await writeFile(path, lines.map((sample) => `${encodeJson(sample)}\n`).join(''))
  expect(await values()).toEqual([2, 10, 21])
  expect((await store.at(['lab:t'], T0 + 2n))[0]?.value).toBe(21)
})

it('passes over damaged lines and counts them', async () => {
  const good = (i: number): string => encodeJson(at(i, i))
  const damaged = ['{"pv":"lab:t","ty', 'nonsense', '[]', good(9).replace('"value":9', '"value":"x"')]
  const text = [good(0), damaged[0], good(1), '', damaged[1], damaged[2], good(2), damaged[3]].join('\n')
  await writeFile(path, Buffer.concat([Buffer.from(`\ufeff${text}\r\n`), Buffer.from([0x22, 0xff, 0x0a])]))
  expect(await values()).toEqual([0, 1, 2])
  expect(store.damaged).toBe(5)
})

it('reads a last line without a line break, and not half of one', async () => {
  await writeFile(path, `${encodeJson(at(0, 0))}\n${encodeJson(at(1, 1))}`)
  expect(await values()).toEqual([0, 1])
  await appendFile(path, `\n${encodeJson(at(2, 2)).slice(0, -5)}`)
  expect(await values()).toEqual([0, 1])
  expect(store.damaged).toBe(1)
})

it('does not glue its first line to what a killed program left of one', async () => {
  await writeFile(path, `${encodeJson(at(0, 0))}\n{"pv":"lab:t","time":"17000`)
  await store.write([at(1, 1)])
  expect(await values()).toEqual([0, 1])
  expect(store.damaged).toBe(1)
})

it('says once what it knows of a series, and again when that changes', async () => {
  const warm: Series = { ...series, units: 'K' }
  const bare: Series = { id: 'lab:t', type: 'float64' }
  await store.write([at(0, 0), at(1, 1), at(2, 2, warm), at(3, 3, bare), at(4, 4, bare)])
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  expect(lines.map((line) => /"units":"(.*?)"/.exec(line)?.[1])).toEqual(['C', undefined, 'K', '', undefined])
  const units: unknown[] = []
  for await (const batch of store.read('lab:t', { from: T0, to: T0 + 9n }))
    units.push(...batch.map((sample) => sample.series.units))
  expect(units).toEqual(['C', 'C', 'K', undefined, undefined])
})

it('writes into a new file after a rotation, which says by itself what its series are', async () => {
  await store.write([at(0, 0)])
  await rename(path, `${path}.1`)
  await store.write([at(1, 1)])
  await store.reopen()
  await store.write([at(2, 2)])
  expect((await readFile(`${path}.1`, 'utf8')).split('\n')).toHaveLength(3)
  expect(await readFile(path, 'utf8')).toBe(`${encodeJson(at(2, 2))}\n`)
})

it('finds names that JSON escapes', async () => {
  const odd: Series = { id: 'lab:"q"\\ü', type: 'float64' }
  await writeFile(path, `${encodeJson(at(0, 5, odd)).replace('ü', '\\u00fc')}\n`)
  expect(await values(odd.id)).toEqual([5])
})

it('gives an error that a retry may mend when the file cannot be written', async () => {
  const absent = new JsonlStore(join(folder, 'absent/lab.jsonl'))
  const failed = await absent.write([at(0, 0)]).catch((e: unknown) => e)
  expect(failed).toBeInstanceOf(SinkError)
  expect(failed).toMatchObject({ code: 'ERR_JSONL_WRITE', retryable: true })
  expect((failed as Error).message).toContain('absent/lab.jsonl')
})

it('refuses to read what is not a file, and names it', async () => {
  for (const bad of [new JsonlStore(join(folder, 'absent.jsonl')), new JsonlStore(folder)]) {
    const failed = await bad.at(['x'], T0).catch((e: unknown) => e)
    expect(failed).toBeInstanceOf(RecordError)
    expect(failed).toMatchObject({ code: 'ERR_RECORD_STORE' })
    expect((failed as Error).message).toContain(JSON.stringify(bad.path))
  }
  expect(() => new JsonlStore('')).toThrow(/path of a file/)
})

it('writes nothing after its close', async () => {
  await store.close()
  await expect(store.write([at(0, 0)])).rejects.toMatchObject({ code: 'ERR_JSONL_CLOSED', retryable: false })
})

it('ends a read when its signal aborts, and when its reader leaves', async () => {
  await store.write(Array.from({ length: 12_000 }, (_, i) => at(i, i)))
  const range = { from: T0, to: T0 + 1_000_000n }
  const reason = new Error('enough')
  const stop = new AbortController()
  await expect(async () => {
    for await (const batch of store.read('lab:t', range, { signal: stop.signal }))
      if (batch.length > 0) stop.abort(reason)
  }).rejects.toBe(reason)
  for await (const batch of store.read('lab:t', range)) {
    expect(batch).toHaveLength(5_000)
    break
  }
})
