// The archive as a History.
import { describe, expect, it } from 'vitest'
import { PiArgumentError, type PiWebApi } from 'node-pvxs/pi'
import type { ReadRange, Sample, Window } from 'node-pvxs/telemetry'
import { plant } from './plant.js'

const S = 1_000_000_000n
const T0 = 1_700_000_000n * S
const range = { from: T0, to: T0 + 1000n * S }

async function all(
  pi: PiWebApi,
  id: string,
  more: Partial<ReadRange> = {},
  pageSize = 10,
): Promise<Sample[]> {
  const read: Sample[] = []
  for await (const batch of pi.history({ pageSize }).read(id, { ...range, ...more })) read.push(...batch)
  return read
}

const counted = Array.from({ length: 35 }, (_, i) => [T0 + BigInt(i) * S, i] as const)
const numbers = (samples: readonly Sample[]): unknown[] => samples.map(({ value }) => value)
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

describe('read', () => {
  it('gives every event once, whatever the size of a page', async () => {
    const { pi, sim } = await plant()
    sim.load('sinusoid', counted)
    for (const pageSize of [1, 2, 7, 35, 36]) {
      expect(numbers(await all(pi, 'sinusoid', {}, pageSize))).toEqual(upTo(35))
      expect(numbers(await all(pi, 'sinusoid', { order: 'desc' }, pageSize))).toEqual(upTo(35).reverse())
    }
  })

  it('loses none of many events at one time', async () => {
    const { pi, sim } = await plant()
    sim.load('sinusoid', [[T0, -1], ...upTo(25).map((i) => [T0 + S, i] as const), [T0 + 2n * S, 25]])
    expect(numbers(await all(pi, 'sinusoid', {}, 4))).toEqual([-1, ...upTo(26)])
    expect(numbers(await all(pi, 'sinusoid', { order: 'desc' }, 4))).toEqual([...upTo(26).reverse(), -1])
  })

  it('asks for less at once when the server gives less', async () => {
    const { pi, sim } = await plant({ maxReturned: 8 })
    sim.load('sinusoid', counted)
    expect(numbers(await all(pi, 'sinusoid', {}, 20))).toEqual(upTo(35))
  })

  it('fails when the server cannot give all events of one time', async () => {
    const { pi, sim } = await plant({ maxReturned: 8 })
    sim.load(
      'sinusoid',
      upTo(9).map((i) => [T0, i] as const),
    )
    await expect(all(pi, 'sinusoid')).rejects.toMatchObject({ code: 'ERR_PI_RESPONSE' })
  })

  it('includes from and not to, and gives exactly limit', async () => {
    const { pi, sim } = await plant()
    sim.load('sinusoid', counted)
    expect(numbers(await all(pi, 'sinusoid', { from: T0 + S, to: T0 + 3n * S }))).toEqual([1, 2])
    expect(numbers(await all(pi, 'sinusoid', { from: T0 + S + 1n, to: T0 + 3n * S + 1n }))).toEqual([2, 3])
    for (const limit of [1, 10, 11, 30, 99]) {
      expect(await all(pi, 'sinusoid', { limit })).toHaveLength(Math.min(limit, 35))
      expect(numbers(await all(pi, 'sinusoid', { limit, order: 'desc' }))[0]).toBe(34)
    }
    expect(await all(pi, 'sinusoid', { from: T0 + S, to: T0 + S })).toEqual([])
    expect(await all(pi, 'nobody')).toEqual([])
  })

  it('tells states, states of the system and qualities apart', async () => {
    const { pi, sim } = await plant()
    sim.load('mode', [[T0, 'Off']])
    sim.post('mode', 'I/O Timeout', { time: T0 + S, system: true })
    sim.post('sinusoid', 1, { time: T0, good: false })
    sim.post('sinusoid', 2, { time: T0 + S, questionable: true })
    const series = { id: 'mode', type: 'enum', choices: ['Off', 'On'] }
    expect(await all(pi, 'mode')).toEqual([
      { series, time: T0, value: 0, severity: 0 },
      { series, time: T0 + S, value: null, severity: 3, message: 'I/O Timeout' },
    ])
    expect(await all(pi, 'sinusoid')).toMatchObject([
      { series: { id: 'sinusoid', type: 'float64', units: 'degC' }, value: 1, severity: 3 },
      { value: 2, severity: 1 },
    ])
  })

  it.each([
    { limit: 0 },
    { limit: 1.5 },
    { order: 'up' },
    { from: '2026-01-01' },
    { to: undefined },
    { to: 10n ** 30n },
  ])('refuses $#, a wrong range, and sends nothing', async (more) => {
    const { pi, sim } = await plant()
    await expect(all(pi, 'sinusoid', more as never)).rejects.toBeInstanceOf(PiArgumentError)
    expect(sim.requests).toEqual([])
  })
})

it('windows weigh events, stand on multiples of their width, and leave out what is empty and what is bad', async () => {
  const { pi, sim } = await plant()
  sim.load('sinusoid', [
    [T0 + S, 1],
    [T0 + 2n * S, 3],
    [T0 + 25n * S, 7],
  ])
  sim.post('sinusoid', 99, { time: T0 + 26n * S, good: false })
  const found: Window[] = []
  const cut = { from: T0 + S, to: T0 + 28n * S }
  for await (const windows of pi.history().windows('sinusoid', cut, 10n * S)) found.push(...windows)
  expect(found).toEqual([
    { time: T0, width: 10n * S, min: 1, mean: 2, max: 3, count: 2, stddev: Math.SQRT2 },
    { time: T0 + 20n * S, width: 10n * S, min: 7, mean: 7, max: 7, count: 1 },
  ])
})

it('at gives the newest sample at or before a time, and null where there is none', async () => {
  const { pi, sim } = await plant()
  sim.load('sinusoid', counted)
  const found = await pi.history().at(['sinusoid', 'nobody', 'mode'], T0 + 3n * S + 99n)
  expect(found).toMatchObject([{ value: 3, time: T0 + 3n * S }, null, null])
})

it('find lists points by glob and RegExp, sorted, over pages', async () => {
  const points = Object.fromEntries(
    Array.from({ length: 1500 }, (_, i) => [`p${String(i).padStart(4, '0')}`, {}]),
  )
  const { pi } = await plant({ points: { z: { units: 'm' }, ...points } })
  const names = async (pattern: string | RegExp): Promise<string[]> => {
    const found: string[] = []
    for await (const { id } of pi.history().find(pattern)) found.push(id)
    return found
  }
  expect(await names('p*')).toEqual(Object.keys(points))
  expect(await names('z')).toEqual(['z'])
  expect(await names(/^p00(1|2)0$/g)).toEqual(['p0010', 'p0020'])
  expect(await names('nobody*')).toEqual([])
})
