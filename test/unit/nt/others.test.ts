import { describe, expect, it } from 'vitest'
import { any, Member, TypeDef } from '../../../lib-ts/data/index.js'
import { ConversionError, NoFieldError, TypeMismatchError } from '../../../lib-ts/errors.js'
import { NTMultiChannel, NTUnion, NTURI } from '../../../lib-ts/nt/index.js'

describe('NTURI', () => {
  const Archive = new NTURI({ pv: 'string', from: 'int64', limit: 'uint32', where: { low: 'float64' } })

  it('holds the arguments in its query', () => {
    expect(Archive.build().id).toBe('epics:nt/NTURI:1.0')
    expect(Archive.build().members.map(({ name, code }) => `${name} ${code}`)).toEqual([
      'scheme string',
      'authority string',
      'path string',
      'query struct',
    ])
    expect(Archive.create({ query: { from: 5 } }).query.from).toBe(5n)
  })

  it('takes Members, and nothing at all', () => {
    const same = new NTURI([
      new Member('string', 'pv'),
      new Member('int64', 'from'),
      new Member('uint32', 'limit'),
      new Member('struct', 'where', { low: 'float64' }),
    ])
    expect(same.build().equals(Archive.build())).toBe(true)
    expect(new NTURI().build().members[3]?.children).toEqual([])
  })

  it('[47] leaves an argument that is not given out of the structure', () => {
    const m = Archive.call({ from: 7n, pv: 'lab:temp', limit: undefined }, 'lab:archive')
    expect(m.$toObject()).toEqual({
      scheme: 'pva',
      authority: '',
      path: 'lab:archive',
      query: { pv: 'lab:temp', from: 7n },
    })
  })

  it('[47] takes arguments of every kind of type', () => {
    const Wide = new NTURI({
      flag: 'bool',
      big: 'uint64',
      text: 'string',
      numbers: 'float64[]',
      texts: 'string[]',
      nested: { deep: { x: 'int8' } },
      list: [{ x: 'int8' }],
      choice: new TypeDef('union', { a: 'int32', b: 'string' }),
      whatever: 'any',
    })
    const m = Wide.call({
      flag: true,
      big: 2n ** 64n - 1n,
      text: 'é',
      numbers: [1, NaN],
      texts: ['a'],
      nested: { deep: { x: -1 } },
      list: [{ x: 1 }, null],
      choice: { select: 'b', value: 'x' },
      whatever: any('int16', 5),
    })
    expect(m.query.big).toBe(2n ** 64n - 1n)
    expect(m.query.choice).toEqual({ select: 'b', value: 'x' })
    expect(m.query.list.map((x) => x?.x)).toEqual([1, undefined])
  })

  it('refuses an argument that does not fit or is not known', () => {
    expect(() => Archive.call({ limit: -1 })).toThrow(ConversionError)
    expect(() => Archive.call({ pv: 'x', limt: 1 } as object)).toThrow(NoFieldError)
  })

  it('recognises its own', () => {
    expect(Archive.is(Archive.create())).toBe(true)
    expect(new NTURI().is(Archive.create())).toBe(true)
    expect(Archive.is(new NTURI().create())).toBe(false)
  })
})

describe('NTUnion', () => {
  it('holds one of its members', () => {
    const Reading = new NTUnion({ number: 'float64', text: 'string' })
    const m = Reading.create({ value: { select: 'text', value: 'over range' } })
    expect(m.value).toEqual({ select: 'text', value: 'over range' })
    expect(Reading.is(m)).toBe(true)
    expect(new NTUnion().is(m)).toBe(false)
  })

  it('holds anything when no members are given', () => {
    const m = new NTUnion().create({ value: any('int16', 3) })
    expect(m.value?.type.code).toBe('int16')
    expect(m.value?.value).toBe(3)
    expect(new NTUnion().is(m)).toBe(true)
  })
})

describe('NTMultiChannel', () => {
  it('reads its channels one by one', () => {
    const m = new NTMultiChannel().create({
      channelName: ['a', 'b'],
      value: [any('float64', 1.5), any('string', 'x')],
      severity: [0, 3],
      message: ['', 'gone'],
      secondsPastEpoch: [1_700_000_000, 0],
      nanoseconds: [5, 0],
      isConnected: [true, false],
    })
    expect(new NTMultiChannel().is(m)).toBe(true)
    expect(NTMultiChannel.channels(m.$freeze())).toEqual([
      {
        name: 'a',
        value: 1.5,
        severity: 0,
        status: undefined,
        message: '',
        timeNs: 1_700_000_000_000_000_005n,
        connected: true,
      },
      {
        name: 'b',
        value: 'x',
        severity: 3,
        status: undefined,
        message: 'gone',
        timeNs: 0n,
        connected: false,
      },
    ])
  })

  it('reads unions and plain arrays in the place of any', () => {
    const members = { channelName: 'string[]' } as const
    const plain = new TypeDef('struct', 'epics:nt/NTMultiChannel:1.0', { value: 'float64[]', ...members })
    const v = plain.create({ value: [1, 2], channelName: ['a', 'b'] })
    expect(new NTMultiChannel().is(v)).toBe(true)
    expect(NTMultiChannel.channels(v).map(({ value }) => value)).toEqual([1, 2])
    const tagged = new TypeDef('struct', {
      value: new TypeDef('union[]', { number: 'float64', text: 'string' }),
      ...members,
    })
    const u = tagged.create({ value: [{ select: 'text', value: 't' }, null], channelName: ['a', 'b'] })
    expect(NTMultiChannel.channels(u).map(({ value }) => value)).toEqual(['t', null])
  })

  it('says so when it has no channel names', () => {
    const other = new TypeDef('struct', { value: 'any[]' }).create()
    expect(() => NTMultiChannel.channels(other)).toThrow(TypeMismatchError)
  })
})
