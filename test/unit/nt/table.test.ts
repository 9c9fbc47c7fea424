import { describe, expect, it } from 'vitest'
import { Member, TypeDef } from '../../../lib-ts/data/index.js'
import {
  ConversionError,
  InvalidArgumentError,
  NoFieldError,
  TypeMismatchError,
} from '../../../lib-ts/errors.js'
import { NTTable, type NTTableColumns } from '../../../lib-ts/nt/index.js'

const Devices = new NTTable({ name: 'string', position: 'float64', count: 'int64', ok: 'bool' })
const rows = [
  { name: 'slit', position: 1.5, count: 1n, ok: true },
  { name: 'mirror', position: -3, count: 2n ** 62n, ok: false },
]

describe('NTTable', () => {
  it('[100] keeps the declared order of its columns', () => {
    const columns = Devices.build().members[1]
    expect(columns?.children.map(({ name, code }) => `${name} ${code}`)).toEqual([
      'name string[]',
      'position float64[]',
      'count int64[]',
      'ok bool[]',
    ])
    expect(Devices.build().members.map(({ name }) => name)).toEqual([
      'labels',
      'value',
      'descriptor',
      'alarm',
      'timeStamp',
    ])
    expect(Devices.build().id).toBe('epics:nt/NTTable:1.0')
  })

  it('[100] labels default to the names', () => {
    expect(Devices.create().labels).toEqual(['name', 'position', 'count', 'ok'])
    expect(Devices.create().$isChanged('labels')).toBe(true)
  })

  it('takes labels of its own', () => {
    const table = new NTTable({ a: 'int32', b: 'int32' }, { labels: ['A / mm', 'B / mm'] })
    expect(table.create().labels).toEqual(['A / mm', 'B / mm'])
    expect(table.create({ labels: ['x', 'y'] }).labels).toEqual(['x', 'y'])
  })

  it('[100] turns rows into columns and back', () => {
    const m = Devices.fromRows(rows)
    expect(m.value.name).toEqual(['slit', 'mirror'])
    expect(m.value.position).toEqual(new Float64Array([1.5, -3]))
    expect(m.value.count).toEqual(new BigInt64Array([1n, 2n ** 62n]))
    expect(Devices.rows(m)).toEqual(rows)
    expect(Devices.rows(m.$freeze())).toEqual(rows)
  })

  it("a table's labels are not overwritten by its rows: rows mark columns only", () => {
    const m = Devices.fromRows(rows)
    expect([...m.$changed]).toEqual(['value.name', 'value.position', 'value.count', 'value.ok'])
    expect(m.labels).toEqual(['name', 'position', 'count', 'ok'])
  })

  it('from(v) keeps the labels', () => {
    const Labelled = new NTTable({ a: 'int32', b: 'int32' }, { labels: ['A / mm', 'B / mm'] })
    expect(NTTable.from(Labelled.create()).labels).toEqual(['A / mm', 'B / mm'])
    expect(NTTable.from(Labelled.create({ labels: [] })).labels).toEqual(['a', 'b'])
  })

  it('has no rows when it is empty', () => {
    expect(Devices.rows(Devices.create())).toEqual([])
    expect(Devices.rows(Devices.fromRows([]))).toEqual([])
  })

  it('takes rows from any iterable', () => {
    const source = function* () {
      yield* rows
    }
    expect(Devices.rows(Devices.fromRows(source()))).toEqual(rows)
  })

  it('takes whole-column codes and Members too', () => {
    const same = new NTTable({ name: 'string[]', position: 'float64[]', count: 'int64[]', ok: 'bool[]' })
    expect(same.build().equals(Devices.build(), { ids: true })).toBe(true)
    const members = new NTTable([new Member('int32', 'b'), new Member('string[]', 'a')])
    expect(members.columns).toEqual(['b', 'a'])
  })

  it('converts cells, and names the one that does not fit', () => {
    const table = new NTTable({ n: 'int8' })
    expect(table.fromRows([{ n: '5' }, { n: 6n }]).value.n).toEqual(new Int8Array([5, 6]))
    const failure = thrown(() => table.fromRows([{ n: 1 }, { n: 300 }]))
    expect(failure).toBeInstanceOf(ConversionError)
    expect((failure as ConversionError).path).toBe('value.n[1]')
  })

  it('refuses a row with a missing or an unknown cell', () => {
    const table = new NTTable({ a: 'int32', b: 'int32' }) as NTTable
    const missing = thrown(() => table.fromRows([{ a: 1, b: 2 }, { a: 1 }]))
    expect(missing).toBeInstanceOf(ConversionError)
    expect((missing as ConversionError).path).toBe('value.b[1]')
    const unknown = thrown(() => table.fromRows([{ a: 1, b: 2, c: 3 }]))
    expect(unknown).toBeInstanceOf(NoFieldError)
    expect((unknown as NoFieldError).fields).toEqual(['a', 'b'])
    expect(thrown(() => table.fromRows([5 as never]))).toBeInstanceOf(InvalidArgumentError)
  })

  it('does not take a cell from a prototype', () => {
    const table = new NTTable({ toString: 'string' }) as NTTable
    expect(thrown(() => table.fromRows([{}]))).toBeInstanceOf(ConversionError)
  })

  it('reads columns that it does not know, and misses those that are not there', () => {
    const other = new NTTable({ a: 'int32', b: 'string' })
    const v = other.fromRows([{ a: 1, b: 'x' }])
    expect(new NTTable({ a: 'int32' }).rows(v)).toEqual([{ a: 1, b: 'x' }])
    expect(thrown(() => Devices.rows(v))).toBeInstanceOf(TypeMismatchError)
  })

  it('learns its columns from a value', () => {
    const v = Devices.fromRows(rows).$freeze()
    const learned = NTTable.from(v)
    expect(learned.columns).toEqual(['name', 'position', 'count', 'ok'])
    expect(learned.rows(v)).toEqual(rows)
    expect(() => NTTable.from(new TypeDef('struct', { value: 'int32' }).create())).toThrow(
      InvalidArgumentError,
    )
  })

  it('shows columns of different length with undefined cells', () => {
    const table = new NTTable({ a: 'int32', b: 'int32' })
    const v = table.create({ value: { a: [1, 2], b: [3] } })
    expect(table.rows(v)).toEqual([
      { a: 1, b: 3 },
      { a: 2, b: undefined },
    ])
  })

  it('survives columns named like parts of the language', () => {
    const columns = Object.fromEntries([
      ['__proto__', 'string'],
      ['constructor', 'int32'],
      ['length', 'int32'],
    ]) as NTTableColumns
    const table = new NTTable(columns)
    const row = Object.fromEntries<unknown>([
      ['__proto__', 'x'],
      ['constructor', 1],
      ['length', 2],
    ])
    const back: unknown = table.rows(table.fromRows([row]))[0]
    expect(Object.entries(back as object)).toEqual(Object.entries(row))
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
  })

  it('is recognised without labels, alarm or time, as services send it', () => {
    const sent = new TypeDef('struct', 'epics:nt/NTTable:1.0', { value: { a: 'int32[]' } }).create()
    expect(new NTTable({ a: 'int32' }).is(sent)).toBe(true)
    expect(new NTTable({ a: 'int64' }).is(sent)).toBe(false)
    expect(new NTTable({}).is(sent)).toBe(true)
    expect(new NTTable({}).is(new TypeDef('struct', { value: { a: 'int32[]' } }).create())).toBe(false)
  })

  it.each([
    [{ a: 'struct' }],
    [{ a: 'any' }],
    [{ a: 'int128' }],
    [{ a: 5 }],
    [{ 'a b': 'int32' }],
    [['int32']],
    [null],
    [undefined],
    ['int32'],
  ] as unknown[][])('refuses the columns %j', (columns) => {
    expect(() => new NTTable(columns as never)).toThrow(InvalidArgumentError)
  })

  it.each([[['a']], [['a', 'b', 'c']], [['a', 5]], ['ab']] as unknown[][])(
    'refuses the labels %j',
    (labels) => {
      expect(() => new NTTable({ a: 'int32', b: 'int32' }, { labels: labels as never })).toThrow(
        InvalidArgumentError,
      )
    },
  )
})

function thrown(act: () => unknown): unknown {
  try {
    act()
  } catch (e) {
    return e
  }
  return undefined
}
