import { expect, it } from 'vitest'
import { Slices } from '../../lib-ts/bridge/slices.js'
import { turn } from '../unit/fixtures.js'

/** Work that takes so many ms of the processor. */
const busy = (ms: number): void => {
  const end = performance.now() + ms
  while (performance.now() < end);
}

it('does at once what there is time for', () => {
  const slices = new Slices()
  const done: number[] = []
  for (let i = 0; i < 5; i++) slices.run(() => done.push(i))
  expect(done).toEqual([0, 1, 2, 3, 4])
})

it('leaves what takes too long to later turns, in its order, and others come between', async () => {
  const slices = new Slices()
  const done: (number | string)[] = []
  for (let i = 0; i < 10; i++)
    slices.run(() => {
      busy(10)
      done.push(i)
    })
  expect(done.length).toBeLessThan(10)
  setTimeout(() => done.push('other'), 0)
  while (done.length < 11) await turn()
  expect(done.filter((it) => it !== 'other')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(done.at(-1)).not.toBe('other')
})

it('does everything there and then when too much waits', () => {
  const slices = new Slices()
  slices.run(() => busy(30))
  const done: number[] = []
  for (let i = 0; i < 9; i++) slices.run(() => done.push(i), 1 << 20)
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
})

it('gives a turn behind what waits already', async () => {
  const slices = new Slices()
  const done: string[] = []
  slices.run(() => busy(30))
  slices.run(() => done.push('waits'))
  await slices.turn()
  expect(done).toEqual(['waits'])
})
