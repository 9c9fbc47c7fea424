import { describe, expect, it } from 'vitest'
import { any, TypeDef } from '../../../lib-ts/data/index.js'
import { InvalidArgumentError } from '../../../lib-ts/errors.js'
import { NTMultiChannel, NTNDArray, NTTable } from '../../../lib-ts/nt/index.js'

const Big = new TypeDef('struct', {
  n: 'int64',
  u: 'uint64',
  list: 'int64[]',
  free: 'any',
  items: [{ n: 'int64' }],
  choice: new TypeDef('union', { n: 'int64' }),
})
const big = Big.create({
  n: -5,
  u: 2n ** 64n - 1n,
  list: [1, 2],
  free: any('int64', 7),
  items: [{ n: 8 }],
  choice: { select: 'n', value: 9 },
})
const Table = new NTTable({ name: 'string', at: 'int64' })
const table = Table.fromRows([{ name: 'a', at: 2n ** 53n }])
const image = NTNDArray.wrap(BigInt64Array.of(1n, 2n), { attributes: { gain: 4 }, timeStamp: 1_000_000_001n })
const gathered = new NTMultiChannel().create({
  channelName: ['a'],
  value: [5],
  secondsPastEpoch: [1],
  nanoseconds: [2],
})

describe('JSON: the int64 option is everywhere the same', () => {
  const all = {
    $toObject: (int64?: 'bigint' | 'number' | 'string') =>
      big.$toObject({ arrays: 'plain', ...(int64 && { int64 }) }),
    'rows()': (int64?: 'bigint' | 'number' | 'string') => Table.rows(table, int64 && { int64 }),
    'unwrap()': (int64?: 'bigint' | 'number' | 'string') => NTNDArray.unwrap(image, int64 && { int64 }),
    'channels()': (int64?: 'bigint' | 'number' | 'string') =>
      NTMultiChannel.channels(gathered, int64 && { int64 }),
  }

  it.each(Object.entries(all))('JSON.stringify of %s takes numbers and text', (_, plain) => {
    expect(() => JSON.stringify(plain())).toThrow(TypeError)
    expect(plain('bigint')).toEqual(plain())
    expect(JSON.stringify(plain('number'))).toEqual(expect.any(String))
    expect(JSON.stringify(plain('string'))).toEqual(expect.any(String))
  })

  it.each(Object.entries(all))('%s refuses another form, by name', (_, plain) => {
    expect(() => plain('text' as never)).toThrow(InvalidArgumentError)
    expect(() => plain('text' as never)).toThrow(/"int64" is 'bigint', 'number' or 'string', not "text"/)
  })

  it('numbers are the nearest ones, text is exact', () => {
    expect(big.$toObject({ int64: 'number' })).toEqual({
      n: -5,
      u: 2 ** 64,
      list: Float64Array.of(1, 2),
      free: expect.objectContaining({ value: 7 }) as unknown,
      items: [{ n: 8 }],
      choice: { select: 'n', value: 9 },
    })
    expect(big.$toObject({ int64: 'string' })).toMatchObject({
      u: '18446744073709551615',
      list: ['1', '2'],
      items: [{ n: '8' }],
    })
    expect(Table.rows(table, { int64: 'string' })[0]?.at).toBe('9007199254740992')
    expect(NTNDArray.unwrap(image, { int64: 'number' })).toMatchObject({
      data: Float64Array.of(1, 2),
      attributes: { gain: 4 },
      timeNs: 1_000_000_001,
    })
    expect(NTNDArray.unwrap(image, 'longValue', { int64: 'string' }).data).toEqual(['1', '2'])
    expect(NTMultiChannel.channels(gathered, { int64: 'number' })[0]).toMatchObject({
      value: 5,
      timeNs: 1_000_000_002,
    })
  })
})
