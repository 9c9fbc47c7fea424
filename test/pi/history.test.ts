// The archive as a History.
import { describe, expect, it } from 'vitest'
import { PiArgumentError, type PiWebApi } from 'node-pvxs/pi'
import type { ReadRange, Sample, Window } from 'node-pvxs/telemetry'
import type { PiSimulator } from 'node-pvxs/testing'
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

const remake = async (pi: PiWebApi, sim: PiSimulator): Promise<void> => {
  const { WebId } = await pi.points.getByPath({ path: '\\\\PISRV\\sinusoid' })
  await pi.points.delete({ webId: WebId })
  sim.addPoint('sinusoid')
}

it('a point that was made anew is looked up once more', async () => {
  const { pi, sim } = await plant()
  expect(await all(pi, 'sinusoid')).toEqual([])
  await remake(pi, sim)
  sim.load('sinusoid', counted)
  expect(numbers(await all(pi, 'sinusoid'))).toEqual(upTo(35))
  await remake(pi, sim)
  sim.load('sinusoid', counted)
  expect(await pi.history().at(['mode', 'sinusoid'], T0 + 3n * S)).toMatchObject([null, { value: 3 }])
})

it("a state that the set does not have is the system's, also where the server does not say so", async () => {
  const { pi, sim } = await plant()
  sim.intercept(({ path }) =>
    path.endsWith('/recorded')
      ? {
          status: 200,
          body: {
            Items: [
              { Timestamp: '2023-11-14T22:13:20Z', Value: { Name: 'On', Value: 1 }, Good: true },
              { Timestamp: '2023-11-14T22:13:21Z', Value: { Name: 'Bad Input', Value: 255 }, Good: false },
            ],
          },
        }
      : undefined,
  )
  expect(await all(pi, 'mode')).toMatchObject([
    { value: 1, severity: 0 },
    { value: null, severity: 3, message: 'Bad Input' },
  ])
})

describe('at', () => {
  it('asks for thousands in few requests, and for none twice', async () => {
    const names = Array.from({ length: 3000 }, (_, i) => `unit:${i}:temperature`)
    const { pi, sim } = await plant({ points: Object.fromEntries(names.map((name) => [name, {}])) })
    for (const [i, name] of names.entries()) if (i % 3 !== 0) sim.load(name, [[T0, i]])
    const ids = [...names, ...names, 'nobody']
    const found = await pi.history().at(ids, T0 + S)
    expect(found.map((sample) => sample?.value ?? null)).toEqual(
      [...names, ...names, 'nobody'].map((_, i) => (i === 6000 || (i % 3000) % 3 === 0 ? null : i % 3000)),
    )
    // Half of them look up.
    expect(sim.requests.length).toBeLessThan(100)
    for (const { url } of sim.requests) expect(url.length).toBeLessThanOrEqual(4000)
  })

  it('takes the last of several events at one time', async () => {
    const { pi, sim } = await plant()
    sim.load('sinusoid', [
      [T0, 1],
      [T0, 2],
      [T0 + S, 3],
    ])
    expect(await pi.history().at(['sinusoid'], T0)).toMatchObject([{ value: 2, time: T0 }])
    expect(await pi.history().at(['sinusoid'], -T0)).toEqual([null])
  })
})

it('at gives the newest sample at or before a time, and null where there is none', async () => {
  const { pi, sim } = await plant()
  sim.load('sinusoid', counted)
  const found = await pi.history().at(['sinusoid', 'nobody', 'mode'], T0 + 3n * S + 99n)
  expect(found).toMatchObject([{ value: 3, time: T0 + 3n * S }, null, null])
})

it('find asks for pages as they are wanted, as small as the server has them', async () => {
  const points = Object.fromEntries(upTo(95).map((i) => [`p${String(i).padStart(2, '0')}`, { units: 'm' }]))
  const { pi, sim } = await plant({ points: { q: {}, ...points }, maxReturned: 10 })
  const pages = (): number => sim.requests.filter(({ path }) => path.endsWith('/points')).length
  const found: string[] = []
  for await (const { id } of pi.history().find('P*')) {
    found.push(id)
    // One more than pages: the first was refused for its size.
    expect(pages()).toBe(1 + Math.ceil(found.length / 10))
  }
  expect(found).toEqual(Object.keys(points))
  for await (const { id } of pi.history().find(/^p9\d$/)) found.push(id)
  expect(found.slice(-5)).toEqual(['p90', 'p91', 'p92', 'p93', 'p94'])
  expect(new URL(sim.requests.at(-1)?.url ?? '', sim.url).searchParams.get('nameFilter')).toBe('p9*')
})

it('find takes the name that the sink has mapped', async () => {
  const { pi } = await plant({ points: { 'SR_BPM:1_X': {}, 'SR_BPM:2_X': {} } })
  const found: string[] = []
  for await (const { id } of pi.history().find('SR{BPM:?}X')) found.push(id)
  expect(found).toEqual(['SR_BPM:1_X', 'SR_BPM:2_X'])
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
