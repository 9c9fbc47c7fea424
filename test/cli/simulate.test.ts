// The simulations of serve, as functions of time.
import { expect, it } from 'vitest'
import { simulation } from '../../lib-ts/cli/simulate.js'

const number = { kind: 'scalar', code: 'float64' } as const
const at = (sim: Parameters<typeof simulation>[0], ...times: number[]): unknown[] => {
  const next = simulation(sim, number, { amp: 2, offset: 1, period: 4_000 }, 'x')
  return times.map((t, step) => next(t, step))
}

it('goes through the shapes in a period', () => {
  expect(at('sine', 0, 1, 3, 5)).toEqual([1, 3, -1, 3])
  expect(at('ramp', 0, 1, 3, 4)).toEqual([1, 1.5, 2.5, 1])
  expect(at('triangle', 0, 1, 2, 3)).toEqual([-1, 1, 3, 1])
  expect(at('square', 0, 1, 2, 3)).toEqual([3, 3, -1, -1])
  expect(at('count', 0, 0, 0)).toEqual([1, 2, 3])
})

it('gives the same walk and noise for the same seed, and another for another', () => {
  const walk = (seed: number): unknown[] => {
    const next = simulation('walk', number, { seed }, 'x')
    return [0, 1, 2, 3].map((step) => next(0, step))
  }
  expect(walk(7)).toEqual(walk(7))
  expect(walk(7)).not.toEqual(walk(8))
})

it('keeps integers in the range of their type', () => {
  const next = simulation('sine', { kind: 'scalar', code: 'uint8' }, { amp: 1_000, period: 4_000 }, 'x')
  expect([0, 1, 3].map((t) => next(t, 0))).toEqual([0, 255, 0])
  const count = simulation('count', { kind: 'scalar', code: 'int8' }, { offset: 127 }, 'x')
  expect([0, 1].map((step) => count(0, step))).toEqual([127, 0])
})
