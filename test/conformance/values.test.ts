// Behaviours of values, seen from the other side of a network.
import { describe, expect, it } from 'vitest'
import { ConversionError, NTScalar, PvRequest, RemoteError, SharedPV, TypeDef } from 'node-pvxs'
import { leavesNothing, loopback, rejection } from '../unit/fixtures.js'

leavesNothing()

const integers = {
  int8: [-(2n ** 7n), 2n ** 7n - 1n],
  uint8: [0n, 2n ** 8n - 1n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  uint16: [0n, 2n ** 16n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const
type Integer = keyof typeof integers
const codes = Object.keys(integers) as Integer[]
const wide = (code: Integer): boolean => code.endsWith('64')

const everyInteger = () =>
  Object.fromEntries(codes.map((code) => [code, SharedPV.mailbox(new NTScalar(code))]))

describe('integers', () => {
  it('[85] the smallest and the largest of every type go out and come back exactly', async () => {
    await using it = await loopback(everyInteger())
    for (const code of codes) {
      for (const limit of integers[code]) {
        await it.ctx.put(code, limit)
        expect((await it.ctx.get(code)).value).toBe(wide(code) ? limit : Number(limit))
      }
    }
  })

  it('[85] one beyond is refused for every type, and the server keeps what it had', async () => {
    await using it = await loopback(everyInteger())
    for (const code of codes) {
      const [least, most] = integers[code]
      await it.ctx.put(code, most)
      for (const beyond of [least - 1n, most + 1n]) {
        const error = await rejection(it.ctx.put(code, beyond))
        expect(error).toBeInstanceOf(ConversionError)
        expect(error['path']).toBe('value')
      }
      expect((await it.ctx.get(code)).value).toBe(wide(code) ? most : Number(most))
    }
  })

  it('[86] NaN and the infinities are refused, and the server keeps what it had', async () => {
    await using it = await loopback(everyInteger())
    for (const code of codes) {
      await it.ctx.put(code, 1)
      for (const x of [NaN, Infinity, -Infinity, 'NaN', '-Infinity']) {
        expect(await rejection(it.ctx.put(code, x))).toBeInstanceOf(ConversionError)
      }
      expect(Number((await it.ctx.get(code)).value)).toBe(1)
    }
  })
})

describe('floating point', () => {
  it('[86] NaN and the infinities go out and come back, as scalars and in arrays', async () => {
    const odd = [NaN, Infinity, -Infinity, -0]
    await using it = await loopback({
      float32: SharedPV.mailbox(new NTScalar('float32')),
      float64: SharedPV.mailbox(new NTScalar('float64')),
      'float32[]': SharedPV.mailbox(new NTScalar('float32[]')),
      'float64[]': SharedPV.mailbox(new NTScalar('float64[]')),
    })
    for (const code of ['float32', 'float64']) {
      for (const x of odd) {
        await it.ctx.put(code, x)
        expect(Object.is((await it.ctx.get(code)).value, x)).toBe(true)
      }
      await it.ctx.put(`${code}[]`, odd)
      const { value } = await it.ctx.get(`${code}[]`)
      expect(Array.from(value as Float64Array)).toEqual(odd)
    }
  })
})

describe('a selection of fields', () => {
  const Motor = new TypeDef('struct', {
    value: 'int32',
    limits: { low: 'float64', high: 'float64', deep: { x: 'int8', y: 'int8' } },
    other: 'int32',
  })
  const motor = () =>
    SharedPV.mailbox(Motor, { value: 1, limits: { low: 2, high: 3, deep: { x: 4, y: 5 } }, other: 6 })

  it('[95] of a structure selects all its children', async () => {
    await using it = await loopback({ x: motor() })
    const all = ['limits.low', 'limits.high', 'limits.deep.x', 'limits.deep.y']
    const forms = [
      { fields: ['limits'] },
      { request: 'limits' },
      { request: new PvRequest().field('limits') },
    ]
    for (const options of forms) {
      const v = await it.ctx.get('x', options)
      expect([...v.$changed]).toEqual(all)
      expect([v['limits.deep.y'], v['other']]).toEqual([5, 0])
    }
    const deep = await it.ctx.get('x', { fields: ['limits.deep'] })
    expect([...deep.$changed]).toEqual(['limits.deep.x', 'limits.deep.y'])
  })

  it('[95] ignores a field of a request that is not there when another one is', async () => {
    await using it = await loopback({ x: motor() })
    const v = await it.ctx.get('x', { request: 'field(nosuch,value,limits.nosuch)' })
    expect([...v.$changed]).toEqual(['value'])
    expect(await rejection(it.ctx.get('x', { fields: ['nosuch', 'nor.this'] }))).toBeInstanceOf(RemoteError)
  })
})
