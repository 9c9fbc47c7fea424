// Filter expressions of the simulator, seen by plain requests.
import { describe, expect, it } from 'vitest'
import type { PiSimulator } from 'node-pvxs/testing'
import { plant } from './plant.js'

const second = (n: number): string => `2026-01-01T00:00:0${n}Z`
const RANGE = `startTime=${second(0)}&endTime=${second(9)}`

/** Values 0 to 5 of `a`, one a second; a state of the system at 6; `mode` is Off, and On from 3 to 4. */
async function recording(): Promise<PiSimulator> {
  const { sim } = await plant({
    points: { a: {}, b: {}, mode: { digitalSet: 'Modes' } },
    digitalSets: { Modes: ['Off', 'On'] },
  })
  for (let n = 0; n < 6; n++) sim.post('a', n, { time: second(n), good: n !== 5 })
  sim.post('a', 'I/O Timeout', { time: second(6), system: true })
  for (const [n, state] of [
    [0, 'Off'],
    [3, 'On'],
    [5, 'Off'],
  ] as const)
    sim.post('mode', state, { time: second(n) })
  sim.load('b', [
    [second(0), 10],
    [second(4), 50],
  ])
  return sim
}

async function get(sim: PiSimulator, name: string, reading: string): Promise<Response> {
  const found = await fetch(`${sim.url}/points?path=${encodeURIComponent(`\\\\PISRV\\${name}`)}`)
  const { WebId } = (await found.json()) as { WebId: string }
  return fetch(`${sim.url}/streams/${WebId}/${reading}`)
}

async function valuesOf(response: Response): Promise<unknown[]> {
  expect(response.status).toBe(200)
  const { Items } = (await response.json()) as { Items: { Value: unknown }[] }
  return Items.map(({ Value }) => Value)
}

const filtered = (expression: string): string => `filterExpression=${encodeURIComponent(expression)}`

describe('a filter expression of the simulator', () => {
  it.each([
    ["'.' > 2", [3, 4]],
    ["'A' >= 1 and not ('.' = 3 or '.' = 2)", [1, 4]],
    ["'.' In 1 .. 2", [1, 2]],
    ["'.' * 10 + 10 = 'b'", [0, 1, 2, 3, 4]],
    ['\'mode\' = "on"', [3, 4]],
    ["'mode' = 1 and '.' <> 3", [4]],
    ["Abs('.' - 3) < 1.5 and '.' mod 2 = 0", [2, 4]],
    ["2 ^ '.' = 8", [3]],
    ["-'.' <= -4", [4]],
    ["Not BadVal('.')", [0, 1, 2, 3, 4]],
    ["1 / '.' > 0", [1, 2, 3, 4]],
    ["BadVal('.') and '.' = \"I/O Timeout\"", [expect.objectContaining({ Name: 'I/O Timeout' })]],
  ])('%s leaves what it says', async (expression, values) => {
    const sim = await recording()
    const response = await get(sim, 'a', `recorded?${RANGE}&${filtered(expression)}`)
    expect(await valuesOf(response)).toEqual(values)
  })

  it('counts what passed, and marks the first of each run that did not where that is asked for', async () => {
    const sim = await recording()
    const two = await get(sim, 'a', `recorded?${RANGE}&maxCount=2&${filtered("'.' > 1")}`)
    expect(await valuesOf(two)).toEqual([2, 3])
    const all = `recorded?${RANGE}&includeFilteredValues=true&${filtered("'.' = 1 or '.' = 4")}`
    const state = expect.objectContaining({ Name: 'Filtered', IsSystem: true })
    expect(await valuesOf(await get(sim, 'a', all))).toEqual([state, 1, state, 4, state])
  })

  it('holds for interpolated values and for summaries', async () => {
    const sim = await recording()
    const range = `startTime=${second(0)}&endTime=${second(4)}`
    const between = `interpolated?${range}&interval=2s&${filtered("'.' > 10")}`
    expect(await valuesOf(await get(sim, 'b', between))).toEqual([30, 50])
    const times = `interpolatedattimes?time=${second(1)}&time=${second(2)}&${filtered("'.' < 25")}`
    expect(await valuesOf(await get(sim, 'b', times))).toEqual([20])
    const mean = async (basis: string): Promise<unknown> => {
      const asked = `summary?startTime=${second(0)}&endTime=${second(5)}&summaryType=Average&calculationBasis=${basis}`
      return (
        (await valuesOf(await get(sim, 'a', `${asked}&${filtered("'.' >= 2")}`)))[0] as { Value: number }
      ).Value
    }
    expect(await mean('EventWeighted')).toBe(3)
    expect(await mean('TimeWeighted')).toBe(3)
  })

  it.each([
    ["'.' >", 'it ends too early'],
    ["('.' > 1", "')' is missing"],
    ["'.' > 1)", "')' is not expected there"],
    ["'nosuch' > 1", "there is no point 'nosuch'"],
    ['Median(1)', "'Median' is not known"],
    ["'.' ! 1", "'! 1' cannot be read"],
  ])('%s is refused with the reason', async (expression, reason) => {
    const sim = await recording()
    const response = await get(sim, 'a', `recorded?${RANGE}&${filtered(expression)}`)
    expect(response.status).toBe(400)
    expect(JSON.stringify(await response.json())).toContain(JSON.stringify(reason).slice(1, -1))
  })
})
