// One table of PVA types and values, used in both directions with every peer.

import { any, Member, TypeDef, type ScalarCode, type TypeCode } from 'node-pvxs'

/** p4p's notation of a type: a letter, or [kind, id, members]. */
export type Spec = string | readonly [string, string | null, readonly (readonly [string, Spec])[]]

export interface Sample {
  /** As it is written with our API, and as it reads (an any reads with its type: see `anyCode`). */
  readonly ours: unknown
  /** As JSON that a driver turns into its own value. */
  readonly input: unknown
  /** As JSON of what a driver saw; the same as `input` when absent. */
  readonly seen?: unknown
  /** Something that PVXS's printed form of the value contains, where the JSON loses what it was. */
  readonly text?: RegExp
  /** Type code of what is in an any. */
  readonly anyCode?: TypeCode
  /** False when p4p cannot make such a value (it chooses the type of an any itself). */
  readonly fromPeer?: boolean
}

export interface Case {
  readonly name: string
  readonly member: Member
  readonly spec: Spec
  readonly samples: readonly Sample[]
  /** PVXS 1.5.3, as p4p has it, sends elements of a union array that it *received* without their selectors. */
  readonly unsafeToEcho?: boolean
}

const same = (...values: readonly unknown[]): Sample[] => values.map((v) => ({ ours: v, input: v }))
const wide = (...values: readonly bigint[]): Sample[] => values.map((v) => ({ ours: v, input: String(v) }))
const odd = (...values: readonly number[]): Sample[] => values.map((v) => ({ ours: v, input: String(v) }))

const scalars: readonly (readonly [ScalarCode, string, readonly Sample[]])[] = [
  ['bool', '?', same(true, false)],
  ['int8', 'b', same(-128, 127)],
  ['int16', 'h', same(-32_768, 32_767)],
  ['int32', 'i', same(-2_147_483_648, 2_147_483_647)],
  ['int64', 'l', wide(-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n)],
  ['uint8', 'B', same(255, 1)],
  ['uint16', 'H', same(65_535, 1)],
  ['uint32', 'I', same(4_294_967_295, 1)],
  ['uint64', 'L', wide(18_446_744_073_709_551_615n, 1n)],
  ['float32', 'f', [...same(0.5, -1.25), ...odd(NaN, Infinity)]],
  ['float64', 'd', [...same(1e300, -0.1), ...odd(NaN, -Infinity)]],
  ['string', 's', same('µ → 測試 🙂', '')],
]

const typedArrays: Readonly<Record<string, (list: readonly never[]) => unknown>> = {
  int8: (l) => Int8Array.from(l),
  int16: (l) => Int16Array.from(l),
  int32: (l) => Int32Array.from(l),
  int64: (l) => BigInt64Array.from(l),
  uint8: (l) => Uint8Array.from(l),
  uint16: (l) => Uint16Array.from(l),
  uint32: (l) => Uint32Array.from(l),
  uint64: (l) => BigUint64Array.from(l),
  float32: (l) => Float32Array.from(l),
  float64: (l) => Float64Array.from(l),
}

function arrayCase([code, letter, samples]: (typeof scalars)[number]): Case {
  const make = typedArrays[code] ?? ((l) => [...l])
  const list = samples.map((s) => s.ours as never)
  return {
    name: `${code}[]`,
    member: new Member(`${code}[]`, 'value'),
    spec: `a${letter}`,
    samples: [
      { ours: make(list), input: samples.map((s) => s.input) },
      { ours: make(list.slice(0, 1)), input: samples.slice(0, 1).map((s) => s.input) },
      { ours: make([]), input: [] },
    ],
  }
}

const point = [new Member('float64', 'x'), new Member('string', 'unit')] as const
const pointSpec = [
  ['x', 'd'],
  ['unit', 's'],
] as const
const choices = [
  new Member('int32', 'number'),
  new Member('string', 'text'),
  new Member('float64[]', 'list'),
] as const
const choicesSpec = [
  ['number', 'i'],
  ['text', 's'],
  ['list', 'ad'],
] as const

const compounds: readonly Case[] = [
  {
    name: 'struct',
    member: new Member('struct', 'value', 'lab:Point', point),
    spec: ['S', 'lab:Point', pointSpec],
    samples: same({ x: 1.5, unit: 'mm' }, { x: -2, unit: '' }),
  },
  {
    name: 'struct[]',
    member: new Member('struct[]', 'value', 'lab:Point', point),
    spec: ['aS', 'lab:Point', pointSpec],
    samples: same([{ x: 1, unit: 'a' }, null, { x: 2, unit: 'b' }], [{ x: 3, unit: 'c' }], []),
  },
  {
    name: 'union',
    member: new Member('union', 'value', 'lab:Choice', choices),
    spec: ['U', 'lab:Choice', choicesSpec],
    samples: [
      {
        ours: { select: 'text', value: 'hey' },
        input: { select: 'text', value: 'hey' },
        seen: 'hey',
        text: /union "lab:Choice" value\.text string|value\.text string = "hey"/,
      },
      {
        ours: { select: 'number', value: -5 },
        input: { select: 'number', value: -5 },
        seen: '-5',
        text: /value\.number int32_t = -5/,
      },
      {
        ours: { select: 'list', value: new Float64Array([1, 2]) },
        input: { select: 'list', value: [1, 2] },
        seen: [1, 2],
        text: /value\.list/,
      },
    ],
  },
  {
    name: 'union[]',
    unsafeToEcho: true,
    member: new Member('union[]', 'value', 'lab:Choice', choices),
    spec: ['aU', 'lab:Choice', choicesSpec],
    samples: [
      {
        ours: [{ select: 'number', value: 7 }, null, { select: 'text', value: 'x' }],
        input: [{ select: 'number', value: 7 }, null, { select: 'text', value: 'x' }],
        seen: ['7', null, 'x'],
        text: /int32_t = 7\s+null\s+string = "x"/,
      },
    ],
  },
  {
    name: 'any',
    member: new Member('any', 'value'),
    spec: 'v',
    samples: [
      { ours: any('string', 'hello'), input: 'hello', seen: 'hello', anyCode: 'string' },
      { ours: any('int64', -3n), input: -3, seen: '-3', anyCode: 'int64' },
      { ours: any('float64', 2.5), input: 2.5, seen: 2.5, anyCode: 'float64' },
      {
        ours: any('uint8', 200),
        input: 200,
        seen: '200',
        anyCode: 'uint8',
        text: /uint8_t = 200/,
        fromPeer: false,
      },
      {
        ours: any('float32[]', [0.5, 1]),
        input: [],
        seen: [0.5, 1],
        anyCode: 'float32[]',
        text: /float\[\]/,
        fromPeer: false,
      },
    ],
  },
  {
    name: 'any[]',
    member: new Member('any[]', 'value'),
    spec: 'av',
    samples: [
      {
        ours: [any('string', 'a'), any('int64', 4n), any('float64', 0.5)],
        input: ['a', 4, 0.5],
        seen: ['a', '4', 0.5],
      },
    ],
  },
]

export const everyType: readonly Case[] = [
  ...scalars.map(([code, letter, samples]): Case => ({
    name: code,
    member: new Member(code, 'value'),
    spec: letter,
    samples,
  })),
  ...scalars.map(arrayCase),
  ...compounds,
]

export const structId = 'lab:Every'

/** The structure that carries one type: `{ value, note }`; `note` shows that nothing else was touched. */
export function typeOf(c: Case): TypeDef {
  return new TypeDef('struct', structId, [c.member, new Member('string', 'note')])
}

export function specOf(c: Case): Spec {
  return [
    'S',
    structId,
    [
      ['value', c.spec],
      ['note', 's'],
    ],
  ]
}

/** What a driver reports for a sample. */
export function seenAs(s: Sample): unknown {
  return 'seen' in s ? s.seen : s.input
}
