import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  DecodePlan,
  Reader,
  Writer,
  decodeType,
  encodeChanged,
  encodeType,
  encodeTyped,
  replacedCharacters,
  type TypeDef,
  type Value,
} from '../../../lib-ts/data/index.js'
import { DecodeError } from '../../../lib-ts/errors.js'
import { generation } from '../../../lib-ts/data/values/generation.js'
import { encodeFull } from '../../../lib-ts/data/wire/encode.js'
import { goldenCases, hexOf, type GoldenCase } from '../../golden/golden.js'
import { expectSame } from '../../golden/same.js'

type StructCase = GoldenCase & { readonly valid: ArrayBuffer }

const cases = await goldenCases()
const structs = cases.filter((golden): golden is StructCase => golden.valid !== undefined)
const OFTEN = 6 // more than it takes until a decoder is generated

function typeOf(golden: GoldenCase): TypeDef {
  const type = decodeType(new Reader(golden.type))
  if (type === null) throw new Error('no type')
  return type
}

function written(write: (w: Writer) => void): string {
  const w = new Writer()
  write(w)
  return hexOf(w.bytes())
}

function hex(buffer: ArrayBuffer): string {
  return hexOf(new Uint8Array(buffer))
}

/** A test that runs over all cases and names the one that fails. */
function each<C extends GoldenCase>(list: readonly C[], check: (golden: C) => void): () => void {
  return () => {
    for (const golden of list) {
      try {
        check(golden)
      } catch (error) {
        if (error instanceof Error) error.message = `${golden.name}: ${error.message}`
        throw error
      }
    }
  }
}

const isMalformed = (golden: GoldenCase): boolean => golden.name.startsWith('malformed')
const wellFormed = structs.filter((golden) => !isMalformed(golden))

it('the golden program covers every kind of value', () => {
  expect(cases.length).toBeGreaterThan(500)
  expect(structs.length).toBeGreaterThan(350)
  expect(wellFormed.length).toBe(structs.length - 9)
})

it(
  'every type is written as it was read',
  each(cases, (golden) => {
    const r = new Reader(golden.type)
    const type = decodeType(r)
    expect(r.remaining).toBe(0)
    expect(written((w) => encodeType(w, type as TypeDef))).toBe(hex(golden.type))
  }),
)

describe.each([
  ['with generated code', true],
  ['without generated code', false],
])('%s', (_, allowed) => {
  beforeAll(() => {
    generation.allowed = allowed
  })
  afterAll(() => {
    generation.allowed = true
  })

  it(
    'whole values read as PVXS says',
    each(cases, (golden) => {
      const type = typeOf(golden)
      const plan = DecodePlan.of(type)
      for (let i = 0; i < OFTEN; i++) {
        const r = new Reader(golden.full)
        const value = plan.full(r)
        expect(r.remaining).toBe(0)
        expectSame(type, value, golden.value)
      }
    }),
  )

  it(
    'changes read onto the defaults and count as changed',
    each(structs, (golden) => {
      const plan = DecodePlan.of(typeOf(golden))
      const whole = plan.full(new Reader(golden.full))
      for (let i = 0; i < OFTEN; i++) {
        const r = new Reader(golden.valid)
        const value = plan.update(r, plan.initial)
        expect(r.remaining).toBe(0)
        const others = plan.layout.fields.slice(1).filter(({ path, type }) => {
          const expected = value.$changed.has(path) ? whole : plan.initial
          return type.code !== 'struct' && !isDeepStrictEqual(value.$get(path), expected.$get(path))
        })
        expect(others).toEqual([])
        if (!isMalformed(golden)) expect(written((w) => encodeChanged(w, value))).toBe(hex(golden.valid))
      }
    }),
  )

  it(
    'changes read onto another value, which stays as it was',
    each(structs, (golden) => {
      const plan = DecodePlan.of(typeOf(golden))
      const previous = plan.full(new Reader(golden.full))
      for (let i = 0; i < OFTEN; i++) {
        const value = plan.update(new Reader(golden.valid), previous)
        expectSame(plan.type, value, golden.value) // the changes say what the whole value has
      }
      expectSame(plan.type, previous, golden.value)
    }),
  )

  it(
    'values are written as PVXS writes them',
    each(wellFormed, (golden) => {
      const value: Value = DecodePlan.of(typeOf(golden)).full(new Reader(golden.full))
      expect(written((w) => encodeFull(w, value))).toBe(hex(golden.full))
      expect(written((w) => encodeTyped(w, value))).toBe(hex(golden.type) + hex(golden.full))
    }),
  )

  it(
    'nothing is read behind the end, wherever it is',
    each(cases, (golden) => {
      const plan = DecodePlan.of(typeOf(golden))
      const step = Math.max(1, Math.floor(golden.full.byteLength / 50))
      for (let end = 0; end < golden.full.byteLength; end += step) {
        expect(errorOf(() => plan.full(new Reader(golden.full, 0, end)))).toBeInstanceOf(DecodeError)
      }
    }),
  )
})

it('bytes that are not UTF-8 are counted, a genuine U+FFFD is not', () => {
  const golden = cases.find(({ name }) => name === 'malformed text #8') as GoldenCase
  const before = replacedCharacters()
  DecodePlan.of(typeOf(golden)).full(new Reader(golden.full))
  expect(replacedCharacters() - before).toBe(1)
})

function errorOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
