// A history that another recorder serves, as a store: hist://SERVICE.
import { join, dirname } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { NTTable, RemoteError, SharedPV, type Server } from 'node-pvxs'
import { JsonlStore, openStore, serveHistory } from 'node-pvxs/record'
import type { History, Sample, Series } from 'node-pvxs/telemetry'
import { run } from '../cli/run.js'
import { drain, leavesNothing, loopback, rejection } from '../unit/fixtures.js'
import { LAB, sample, SECOND, SECONDS0, storeOf, T0, temperature } from './history-store.js'

leavesNothing()

let store: JsonlStore
let remote: History
let server: Server

async function stage(samples: readonly Sample[]): Promise<void> {
  const { ctx, server: own } = await loopback({}, { after: onTestFinished })
  server = own
  store = await storeOf(samples, onTestFinished)
  const served = await serveHistory(store, { server: own })
  onTestFinished(() => served.close())
  remote = (await openStore('hist://hist', () => Promise.resolve(ctx))).history
}
beforeEach(() => stage(LAB))

const RANGE = { from: T0, to: T0 + 10n * SECOND }
const all = async (
  history: History,
  range: Parameters<History['read']>[1],
  id = 'lab:t',
): Promise<Sample[]> => (await drain(history.read(id, range))).flat()
const plain = (samples: readonly Sample[]): unknown =>
  samples.map(({ time, value, severity, status }) => ({ time, value, severity, status }))

describe('a store behind RPC', () => {
  it.each([
    ['all', RANGE],
    ['a part', { from: T0 + 2n * SECOND, to: T0 + 5n * SECOND }],
    ['a part that begins between two', { from: T0 + 2n * SECOND + 1n, to: T0 + 5n * SECOND + 1n }],
    ['the first ones', { ...RANGE, limit: 3 }],
    ['the last ones', { ...RANGE, limit: 3, order: 'desc' }],
    ['none', { from: T0 + 100n * SECOND, to: T0 + 200n * SECOND }],
    ['a reversed range', { from: T0 + 5n * SECOND, to: T0 }],
    ['times as text', { from: '2023-11-14T22:13:20Z', to: String(T0 + 3n * SECOND) }],
  ] as const)('reads %s as the store itself does', async (_, range) => {
    expect(plain(await all(remote, range))).toEqual(plain(await all(store, range)))
  })

  it('keeps types, arrays, severity and a value that is missing', async () => {
    const types: readonly Sample[] = [
      sample({ id: 'x', type: 'int64' }, 0, 2n ** 62n + 1n),
      sample({ id: 's', type: 'string' }, 0, 'ä'),
      sample({ id: 'b', type: 'bool' }, 0, true),
      sample({ id: 'w', type: 'uint16[]' }, 0, Uint16Array.of(1, 65_535)),
      sample(temperature, 0, null, { severity: 4 }),
      sample(temperature, 1, NaN, { severity: 3, status: 2 }),
    ]
    await stage(types)
    for (const id of ['x', 's', 'b', 'w', 'lab:t']) {
      const seen = await all(remote, RANGE, id)
      const own = await all(store, RANGE, id)
      expect(plain(seen)).toEqual(plain(own))
      expect(seen[0]?.series.type).toBe(own[0]?.series.type)
    }
  })

  it('reads a range of many pages', async () => {
    await stage(
      Array.from({ length: 120_000 }, (_, i) => ({ ...sample(temperature, 0, i), time: T0 + BigInt(i) })),
    )
    const batches = await drain(remote.read('lab:t', RANGE))
    expect(batches.length).toBeGreaterThan(1)
    expect(batches.flat().map(({ value }) => value)).toEqual(Array.from({ length: 120_000 }, (_, i) => i))
  })

  it.each([4n * SECOND, 1n, 1_500_000n, 10n ** 18n])('gives windows %i ns wide', async (width) => {
    expect((await drain(remote.windows('lab:t', RANGE, width))).flat()).toEqual(
      (await drain(store.windows('lab:t', RANGE, width))).flat(),
    )
  })

  it('gives the state at a time, names, and nothing of what is unknown', async () => {
    const times = [T0 + 4n * SECOND + 1n, T0, T0 - 1n, 2n ** 63n - 1n]
    for (const time of times)
      expect(plain((await remote.at(['lab:t'], time)).filter((x) => x !== null))).toEqual(
        plain((await store.at(['lab:t'], time)).filter((x) => x !== null)),
      )
    expect(await remote.at(['absent'], T0)).toEqual([null])
    expect(await all(remote, RANGE, 'absent')).toEqual([])
    expect(await drain(remote.windows('absent', RANGE, SECOND))).toEqual([])
    const names = async (pattern: string | RegExp): Promise<string[]> =>
      (await drain<Series>(remote.find(pattern))).map(({ id }) => id)
    expect(await names('lab:*')).toEqual(['lab:mode', 'lab:t'])
    expect(await names(/T$/i)).toEqual(['lab:t'])
    expect(await names('x*')).toEqual([])
    expect((await drain(remote.find('lab:t')))[0]).toEqual({ id: 'lab:t', type: 'float64' })
  })

  it('takes a proxy that knows neither limit nor windows nor boundary', async () => {
    const rows = {
      secondsPastEpoch: 'int64',
      values: 'float64',
      nanoseconds: 'int32',
      severity: 'int32',
      status: 'int32',
    }
    const table = new NTTable(rows as never)
    const asked: unknown[] = []
    const proxy = new SharedPV({
      onRpc: ({ args }) => {
        asked.push(args)
        return table.fromRows(
          [-1, 0, 1].map((i) => ({
            secondsPastEpoch: BigInt(SECONDS0 + i),
            values: i,
            nanoseconds: 0,
            severity: 0,
            status: 0,
          })) as never,
        )
      },
    })
    const { ctx } = await loopback({ proxy }, { after: onTestFinished })
    const { history } = await openStore('hist://proxy', () => Promise.resolve(ctx))
    expect((await all(history, RANGE)).map(({ value }) => value)).toEqual([0, 1])
    expect((await drain(history.windows('x', RANGE, 4n * SECOND))).flat()).toMatchObject([
      { count: 2, mean: 0.5 },
    ])
    expect(asked[0]).toMatchObject({ pv: 'lab:t', from: '2023-11-14T22:13:20.000000000Z' })
  })

  it('says which service failed, and ends with its signal', async () => {
    const failing = new SharedPV({
      onRpc: () => {
        throw new RemoteError('the disk is gone')
      },
    })
    const { ctx } = await loopback({ failing }, { after: onTestFinished })
    const { history } = await openStore('hist://failing', () => Promise.resolve(ctx))
    expect(await rejection(all(history, RANGE))).toMatchObject({
      code: 'ERR_RECORD_STORE',
      message: expect.stringContaining('failing: ') as string,
    })
    const signal = AbortSignal.abort(new Error('enough'))
    expect((await rejection(drain(history.read('x', RANGE, { signal })))).message).toBe('enough')
  })
})

describe('history --store hist://SERVICE', () => {
  it('shows, finds and copies', async () => {
    const words = ['--store', 'hist://hist']
    const range = ['--from', String(SECONDS0), '--to', String(SECONDS0 + 3)]
    const shown = await run(['history', 'lab:t', ...range, ...words, '--csv'], { server })
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(
      shown.stdout
        .split('\n')
        .slice(1, 4)
        .map((line) => line.split(',')[2]),
    ).toEqual(['0', '1', '2'])
    const found = await run(['history', 'find', '*', ...words], { server })
    expect(found.stdout).toContain('"lab:mode"')
    const into = join(dirname(store.path), 'copy.jsonl')
    const copied = await run(['history', 'copy', 'lab:t', ...range, ...words, '--into', `jsonl:${into}`], {
      server,
    })
    expect(copied).toMatchObject({ code: 0, stderr: 'node-pvxs: lab:t: 3 read, 3 written, 0 refused\n' })
    expect((await all(new JsonlStore(into), RANGE)).map(({ value }) => value)).toEqual([0, 1, 2])
    expect((await run(['history', 'lab:u', ...range, ...words], { server })).code).toBe(3)
  })

  it.each([
    [['history', 'a', '--store', 'hist://'], 'names no service'],
    [
      ['history', 'copy', 'a', '--store', 'jsonl:x', '--into', 'hist://hist', '--from', '1', '--to', '2'],
      'can be read, and not written',
    ],
    [['record', 'a', '--to', 'hist://hist'], 'can be read, and not written'],
  ])('refuses %j', async (args, message) => {
    const ended = await run(args, { server })
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain(message)
  })
})
