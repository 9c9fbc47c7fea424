// How the shards of a list are dealt out to the members of a group.
import { describe, expect, it } from 'vitest'
import { deal, type Asking } from '../../lib-ts/record/group/deal.js'

/** Numbers that are the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const asking = (names: readonly string[], had = new Map<string, number[]>()): Asking[] =>
  names.map((name) => ({ id: name, name, shards: had.get(name) ?? [] }))

/** How many shards somebody has who had not. */
function moves(before: Map<string, number[]>, after: Map<string, number[]>): number {
  let moved = 0
  for (const [id, shards] of after) moved += shards.filter((s) => before.get(id)?.includes(s) !== true).length
  return moved
}

function check(dealt: Map<string, number[]>, shards: number, replicas: number): void {
  const copies = Math.min(replicas, dealt.size)
  const count = new Array<number>(shards).fill(0)
  for (const mine of dealt.values()) {
    expect(mine.length).toBeLessThanOrEqual(Math.ceil((shards * copies) / dealt.size))
    expect(new Set(mine).size).toBe(mine.length)
    for (const shard of mine) count[shard] = (count[shard] as number) + 1
  }
  expect(count.every((n) => n === copies)).toBe(true)
}

describe.each([1, 2, 3])('shards with %i owners each', (replicas) => {
  it('are dealt out evenly, and few move when members come and go', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const next = numbers(seed)
      const shards = 1 + next(100)
      let names = Array.from({ length: 1 + next(6) }, (_, i) => `m${i}`)
      let dealt = deal(shards, replicas, asking(names))
      check(dealt, shards, replicas)
      for (let step = 0; step < 20; step++) {
        const joins = names.length < 2 || next(2) === 0
        const at = next(names.length)
        names = joins ? [`j${step}-${next(1_000)}`, ...names] : names.filter((_, i) => i !== at)
        const after = deal(shards, replicas, asking(names, dealt))
        check(after, shards, replicas)
        const copies = Math.min(replicas, names.length)
        const fewer = Math.min(names.length, dealt.size)
        if (fewer >= replicas)
          expect(moves(dealt, after)).toBeLessThanOrEqual(Math.ceil((2 * shards * copies) / fewer))
        dealt = after
      }
    }
  })

  it('stay where they are when nobody comes or goes', () => {
    const dealt = deal(64, replicas, asking(['a', 'b', 'c']))
    expect(deal(64, replicas, asking(['c', 'a', 'b'], dealt))).toEqual(dealt)
  })
})

it('A shard that two members claim stays with one of them', () => {
  const dealt = deal(4, 1, [
    { id: '1', name: 'a', shards: [0, 1] },
    { id: '2', name: 'b', shards: [1, 2, 9] },
  ])
  check(dealt, 4, 1)
})
