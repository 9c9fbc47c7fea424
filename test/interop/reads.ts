import type { Value } from 'node-pvxs'
import { expect } from 'vitest'

import type { Sample } from './every-type.js'

/** What an any holds, without its type object. */
function bare(x: unknown): unknown {
  if (x === null || typeof x !== 'object' || !('type' in x) || !('value' in x)) return x
  return x.value
}

/** Checks that `value.value` of a delivered value is the sample. */
export function expectSample(value: Value, sample: Sample): void {
  const got: unknown = value.value
  if (sample.anyCode !== undefined) {
    expect(got).toHaveProperty('type.code', sample.anyCode)
    expect(bare(got)).toEqual(bare(sample.ours))
    return
  }
  if (Array.isArray(sample.ours) && sample.ours.some((e: unknown) => e !== bare(e))) {
    expect((got as unknown[]).map(bare)).toEqual(sample.ours.map(bare))
    return
  }
  // $toObject() turns nested values into plain objects; typed arrays stay what they are.
  expect(value.$toObject()).toHaveProperty('value', sample.ours)
}

/** For peers whose JSON does not tell a number from an integer in text, as 64-bit integers are. */
export function plain(x: unknown): unknown {
  return JSON.parse(JSON.stringify(x).replace(/"(-?\d+)"/g, '$1'))
}
