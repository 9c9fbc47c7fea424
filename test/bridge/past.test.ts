import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { NTEnum, NTScalar, SharedPV, timeStamp } from 'node-pvxs'
import type { BridgeOptions } from 'node-pvxs/bridge'
import { JsonlStore } from 'node-pvxs/record'
import type { History, Series } from 'node-pvxs/telemetry'
import { bridged } from './fixtures.js'
import type { Page2 } from './page2.js'

const Number64 = new NTScalar('float64')
const SECOND = 1_000_000_000n
const START = 1_700_000_000n
const at = (seconds: number): bigint => (START + BigInt(seconds)) * SECOND
const ns = (seconds: number): string => String(at(seconds))
const stamp = (seconds: number): object => timeStamp(new Date(Number(START) * 1_000 + seconds * 1_000))

/** A page that is subscribed to `n`, after `n` had these values, a second each. */
async function plotted(
  values: readonly number[],
  options: BridgeOptions,
): Promise<{ readonly page: Page2; readonly pv: SharedPV<never> }> {
  const pv = SharedPV.mailbox(Number64, {
    value: values[0] ?? 0,
    timeStamp: stamp(0),
  }) as SharedPV<never>
  const { open2 } = await bridged({ n: pv }, { rate: 1_000, ...options })
  const page = await open2()
  page.say({ type: 'subscribe', id: 1, pv: 'n' })
  await page.record(1)
  for (const [i, value] of values.entries()) {
    if (i === 0) continue
    pv.post({ value, timeStamp: stamp(i) } as never)
    await page.record(1, (record) => record.value['value'] === value)
  }
  return { page, pv }
}

const asked = async (page: Page2, more: object): Promise<Readonly<Record<string, unknown>>> =>
  (await page.ask({ type: 'history', id: 9, pv: 'n', from: ns(0), to: ns(1_000), ...more })) as never

async function store(id: string, values: readonly number[]): Promise<History> {
  const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-past-'))
  const jsonl = new JsonlStore(join(folder, 'past.jsonl'))
  onTestFinished(async () => {
    await jsonl.close()
    await rm(folder, { recursive: true })
  })
  const series: Series = { id, type: 'float64' }
  await jsonl.write(values.map((value, i) => ({ series, time: at(i - values.length), value, severity: 0 })))
  return jsonl
}

it('a plot begins with what the bridge has kept', async () => {
  const { page } = await plotted([1, 2, 3], { keep: 60_000 })
  expect(await asked(page, {})).toEqual({
    type: 'reply',
    id: 9,
    samples: [
      [ns(0), 1, 0],
      [ns(1), 2, 0],
      [ns(2), 3, 0],
    ],
  })
})

it('from is included, to is not, and ISO text is as good', async () => {
  const { page } = await plotted([1, 2, 3], { keep: 60_000 })
  const iso = (seconds: number): string => new Date(Number(START) * 1_000 + seconds * 1_000).toISOString()
  expect(await asked(page, { from: iso(1), to: iso(2) })).toHaveProperty('samples', [[ns(1), 2, 0]])
  expect(await asked(page, { from: ns(2), to: ns(1) })).toHaveProperty('samples', [])
})

it('keeps no longer than it is told', async () => {
  const { page } = await plotted([1, 2, 3, 4], { keep: 1_500 })
  expect(await asked(page, {})).toHaveProperty('samples', [
    [ns(2), 3, 0],
    [ns(3), 4, 0],
  ])
})

it('more than were asked for come as windows', async () => {
  const { page } = await plotted([1, 2, 3, 5, 7], { keep: 60_000 })
  expect(await asked(page, { from: ns(0), to: ns(6), points: 3 })).toHaveProperty(
    'windows',
    [
      [ns(-2), 1, 1, 1, 1],
      [ns(1), 2, 10 / 3, 5, 3],
      [ns(4), 7, 7, 7, 1],
    ].map(([time, ...figures]) => [time, ...figures]),
  )
})

it('what is older comes from a history, and each value once', async () => {
  const { page } = await plotted([1, 2], { keep: 60_000, history: await store('n', [-3, -2, -1]) })
  expect(await asked(page, { from: ns(-100) })).toHaveProperty('samples', [
    [ns(-3), -3, 0],
    [ns(-2), -2, 0],
    [ns(-1), -1, 0],
    [ns(0), 1, 0],
    [ns(1), 2, 0],
  ])
  const { windows } = (await asked(page, { from: ns(-4), to: ns(4), points: 3 })) as {
    windows: readonly (readonly [string, number, number, number, number])[]
  }
  expect(windows.reduce((sum, [, , , , count]) => sum + count, 0)).toBe(5)
  expect([
    Math.min(...windows.map(([, min]) => min)),
    Math.max(...windows.map(([, , , max]) => max)),
  ]).toEqual([-3, 2])
})

it('a history alone serves PVs that nobody is subscribed to, and knows their names', async () => {
  const { open2 } = await bridged({}, { history: await store('old:one', [1, 2]) })
  const page = await open2()
  expect(await page.ask({ type: 'history', id: 1, pv: 'old:one', from: ns(-9), to: ns(0) })).toHaveProperty(
    'samples',
    [
      [ns(-2), 1, 0],
      [ns(-1), 2, 0],
    ],
  )
  expect(await page.ask({ type: 'find', id: 2, pattern: 'old:*' })).toHaveProperty('names', ['old:one'])
})

it('a loss is a gap, an enum is kept by its index, an array is not kept', async () => {
  const mode = SharedPV.mailbox(new NTEnum(), { value: { index: 1, choices: ['Off', 'On'] } })
  const wave = SharedPV.mailbox(new NTScalar('float64[]'), { value: [1, 2] })
  const { open2, lab } = await bridged(
    { mode: mode as SharedPV<never>, wave: wave as SharedPV<never> },
    { keep: 60_000 },
  )
  const page = await open2()
  page.say({
    type: 'subscribe',
    subs: [
      { id: 1, pv: 'mode' },
      { id: 2, pv: 'wave' },
    ],
  })
  await Promise.all([page.record(1), page.record(2)])
  lab.server.removePV('mode')
  mode.close()
  await page.of('state', 1, ({ connected }) => connected === false)
  const { samples } = (await page.ask({
    type: 'history',
    id: 3,
    pv: 'mode',
    from: '0',
    to: ns(10 ** 9),
  })) as unknown as {
    samples: readonly unknown[][]
  }
  expect(samples.map(([, ...rest]) => rest)).toEqual([
    [1, 0],
    [null, 4],
  ])
  expect(await page.ask({ type: 'history', id: 4, pv: 'wave', from: '0', to: ns(10 ** 9) })).toHaveProperty(
    'samples',
    [],
  )
})
