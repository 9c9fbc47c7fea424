import { describe, expect, it } from 'vitest'
import {
  DecodePlan,
  Reader,
  TypeDef,
  Writer,
  decodeType,
  encodeType,
  type Value,
} from '../../../lib-ts/data/index.js'
import { DecodeError } from '../../../lib-ts/errors.js'
import { bytesOf, goldenCases } from '../../golden/golden.js'

const cases = await goldenCases()

function typeFrom(hex: string): TypeDef | null {
  return decodeType(new Reader(bytesOf(hex)))
}

function planOf(type: TypeDef<never> | TypeDef<unknown>): DecodePlan {
  return DecodePlan.of(type)
}

function full(type: TypeDef<never> | TypeDef<unknown>, hex: string): Value {
  return planOf(type).full(new Reader(bytesOf(hex)))
}

describe('type descriptions', () => {
  it.each([
    ['nothing', ''],
    ['an unknown code', '7f'],
    ['a bounded string', '83'],
    ['a fixed array', '30'],
    ['an array of another thing than its code says', '8824'],
    ['an array of nothing', '88ff'],
    ['a member of no type', '8000010161ff'],
    ['a structure that ends early', '80000201612201'],
    ['more members than bytes', '8000feffffffff'],
    ['an id longer than the data', '80fe00000010'],
    ['two members of one name', '800002016122016123'],
    ['a member that would hide $type', '80000105247479706522'],
    ['a number never given', 'fe0100'],
    ['a number for nothing', 'fd0100ff'],
    ['a count that is null', '8000ff'],
  ])('refuses %s', (_, hex) => {
    expect(() => typeFrom(hex)).toThrow(DecodeError)
  })

  it('reads null as no type', () => {
    expect(typeFrom('ff')).toBe(null)
  })

  it('reads descriptions that name each other by number', () => {
    // { a: #1 { x: int32 }, b: #1 }
    const type = typeFrom('800002' + '0161' + 'fd0100' + '8000010178' + '22' + '0162' + 'fe0100')
    expect(type?.equals(new TypeDef('struct', { a: { x: 'int32' }, b: { x: 'int32' } }))).toBe(true)
  })

  it('refuses a description that doubles itself with each number', () => {
    let hex = 'fd0000' + '8000010178' + '22'
    for (let i = 1; i <= 18; i++) {
      const key = (n: number): string => n.toString(16).padStart(2, '0') + '00'
      hex = `fd${key(i)}800002` + '0161' + hex + '0162' + `fe${key(i - 1)}`
    }
    expect(() => typeFrom(hex)).toThrow(/nests deeper|more than 65535 fields/)
  })

  it('takes 20 levels and refuses 21, as PVXS does', () => {
    const nested = (levels: number): string => '8000010161'.repeat(levels) + '22'
    expect(typeFrom(nested(20))?.height).toBe(20)
    expect(() => typeFrom(nested(21))).toThrow(DecodeError)
    expect(() => typeFrom('88'.repeat(100_000))).toThrow(DecodeError)
  })

  it('gives the same TypeDef for the same bytes', () => {
    const hex = '80000101782a'
    expect(typeFrom(hex)).toBe(typeFrom(hex))
  })

  it('does not write what PVXS would refuse', () => {
    const wide = Object.fromEntries(Array.from({ length: 65_536 }, (_, i) => [`f${i}`, 'bool'] as const))
    expect(() => encodeType(new Writer(), new TypeDef('struct', wide))).toThrow(/65535/)
  })
})

describe('values', () => {
  const numbers = new TypeDef('struct', { value: 'float64[]' })
  const texts = new TypeDef('struct', { value: 'string[]' })
  const structs = new TypeDef('struct', { value: [{ x: 'int32' }] })
  const choice = new TypeDef('struct', { value: new TypeDef('union', { a: 'int32', b: 'string' }) })
  const anything = new TypeDef('struct', { value: 'any' })

  it.each([
    ['an array longer than the data', numbers, 'fe00000020'],
    ['an array of four thousand million elements', numbers, 'feffffffff'],
    ['an array cut in an element', numbers, '010000'],
    ['an array that is null', numbers, 'ff'],
    ['more strings than bytes', texts, 'feffffff7f'],
    ['a string longer than the data', texts, '01fe00000010'],
    ['more structures than bytes', structs, 'feffffff7f'],
    ['a member that the union does not have', choice, '02'],
    ['a huge member index', choice, 'feffffffff'],
    ['an any of unknown type', anything, '7f'],
    ['an any that ends early', anything, '23000000'],
    ['an any of any of any …', anything, '82'.repeat(50_000)],
    ['an any array in any array …', anything, '8a0101'.repeat(1000)],
  ])('refuses %s', (_, type, hex) => {
    expect(() => full(type, hex)).toThrow(DecodeError)
  })

  it('takes 20 levels of values and no more', () => {
    const levels = (n: number): string => '82'.repeat(n) + '00' + '01'
    expect(full(anything, levels(18))).toBeDefined()
    expect(() => full(anything, levels(21))).toThrow(/nests deeper/)
  })

  it('refuses a few bytes that ask for millions of empty structures', () => {
    const empty = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`e${i}`, {}] as const))
    const type = new TypeDef('struct', { list: [empty] })
    expect(() => full(type, 'fe10270000' + '01'.repeat(10_000))).toThrow(/far more structures/)
    expect(full(type, '02' + '0100').$has('list[0].e999')).toBe(true)
  })

  it('takes as many structures as there are bytes for', () => {
    const n = 70_000
    const hex = 'fe' + '70110100' + '0105000000'.repeat(n)
    expect((full(structs, hex) as unknown as { value: unknown[] }).value.length).toBe(n)
  })

  it('refuses a changed-bitset for fields that do not exist', () => {
    const plan = planOf(numbers)
    expect(() => plan.update(new Reader(bytesOf('0104')), plan.initial)).toThrow(/field 2 changed/)
    expect(() => plan.update(new Reader(bytesOf('fe00000010')), plan.initial)).toThrow(DecodeError)
  })

  it('takes a changed-bitset with empty bytes at its end', () => {
    const plan = planOf(structs)
    const bits = '02' + '00'.repeat(999)
    const value = plan.update(new Reader(bytesOf('fee8030000' + bits + '00')), plan.initial)
    expect([...value.$changed]).toEqual(['value'])
  })

  it('has no changes to read for a type that is not a structure', () => {
    const plan = planOf(new TypeDef('int32'))
    expect(() => plan.update(new Reader(bytesOf('00')), plan.initial)).toThrow(DecodeError)
    expect(plan.full(new Reader(bytesOf('05000000')))).toBe(5)
    expect(plan.initial).toBe(0)
  })
})

describe('damaged bytes', () => {
  // The same numbers in every run, so that a failure can be looked at.
  function random(seed: number): () => number {
    let state = seed
    return () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return state / 2 ** 32
    }
  }

  function damaged(bytes: ArrayBuffer, next: () => number): ArrayBuffer {
    const copy = new Uint8Array(bytes.slice(0))
    for (let n = 1 + Math.floor(next() * 4); n > 0; n--)
      copy[Math.floor(next() * copy.length)] = Math.floor(next() * 256)
    return copy.buffer
  }

  function onlyDecodeErrors(run: () => unknown): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    }
  }

  it('are read as something or refused, never more', { timeout: 60_000 }, () => {
    const next = random(7)
    for (const golden of cases) {
      if (golden.full.byteLength === 0 || golden.full.byteLength > 5000) continue
      const plan = planOf(decodeType(new Reader(golden.type)) as TypeDef)
      for (let i = 0; i < 20; i++) {
        onlyDecodeErrors(() => plan.full(new Reader(damaged(golden.full, next))))
        onlyDecodeErrors(() => decodeType(new Reader(damaged(golden.type, next))))
        const { valid } = golden
        if (valid !== undefined)
          onlyDecodeErrors(() => plan.update(new Reader(damaged(valid, next)), plan.initial))
      }
    }
  })
})
