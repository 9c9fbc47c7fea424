import { describe, expect, it } from 'vitest'
import type { Context } from 'node-pvxs'
import { ConversionError, NTEnum, SharedPV } from 'node-pvxs'
import { leavesNothing, loopback, rejection } from '../fixtures.js'

leavesNothing()

describe('put to an NTEnum', () => {
  const choices = ['OFF', 'ON', '7', 'MOVING']
  const enumPv = () => SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices } })
  const index = async (ctx: Context) => (await ctx.get('e')).value.index as number

  it('takes a label, a numeric text or an index, in every form', async () => {
    await using it = await loopback({ e: enumPv() })
    const seen: number[] = []
    for (const value of [
      'ON',
      '3',
      0,
      { value: 'MOVING' },
      { 'value.index': '1' },
      { value: { index: 'OFF' } },
      '7',
      3n,
    ]) {
      await it.ctx.put('e', value)
      seen.push(await index(it.ctx))
    }
    expect(seen).toEqual([1, 3, 0, 3, 1, 0, 2, 3])
  })

  it('takes what a function returns the same way', async () => {
    await using it = await loopback({ e: enumPv() })
    await it.ctx.put('e', () => 'MOVING')
    expect(await index(it.ctx)).toBe(3)
  })

  it('takes what a function assigns the same way, and sends the index alone', async () => {
    const changed: string[][] = []
    const e = new SharedPV({
      type: new NTEnum(),
      initial: { value: { index: 0, choices } },
      onPut: ({ value }) => {
        changed.push([...value.$changed])
        return value
      },
    })
    await using it = await loopback({ e })
    const seen: number[] = []
    for (const value of ['ON', '3', 0, 'MOVING', '7', 3n]) {
      await it.ctx.put('e', (current) => {
        current['value'] = value
      })
      seen.push(await index(it.ctx))
    }
    expect(seen).toEqual([1, 3, 0, 3, 2, 3])
    expect(new Set(changed.flat())).toEqual(new Set(['value.index']))
    for (const value of ['nosuch', 4, -1, '99']) {
      const error = await rejection(it.ctx.put('e', (current) => void (current['value'] = value)))
      expect(error).toBeInstanceOf(ConversionError)
      expect(error.message).toContain('MOVING')
    }
  })

  it('refuses what is not among the choices', async () => {
    await using it = await loopback({ e: enumPv() })
    for (const value of ['nosuch', 4, -1, '99', { 'value.index': 4 }]) {
      const error = await rejection(it.ctx.put('e', value))
      expect(error).toBeInstanceOf(ConversionError)
      expect(error.message).toContain('MOVING')
    }
  })

  it('asks for the choices each time, as they may change', async () => {
    const pv = enumPv()
    await using it = await loopback({ e: pv })
    await it.ctx.put('e', 'ON')
    pv.post({ value: { choices: ['ON', 'OFF'] } })
    await it.ctx.put('e', 'ON')
    expect(await index(it.ctx)).toBe(0)
  })
})
