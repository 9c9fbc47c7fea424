// A type with a field of every kind that holds others, and a value of it.
import { TypeDef, union } from '../../../lib-ts/data/index.js'

export const Item = new TypeDef('struct', 'item_t', { name: 'string', n: 'int8', wave: 'int16[]' })
export const Device = new TypeDef('struct', 'lab:Device', {
  value: 'int32[]',
  text: 'string',
  limits: { low: 'float64', high: 'float64', deep: { x: 'int64' } },
  names: 'string[]',
  items: [Item],
  choice: new TypeDef('union', { a: 'int32', b: 'string', s: Item, u: new TypeDef('union', { x: 'int8' }) }),
  choices: new TypeDef('union[]', { a: 'int32', s: Item }),
  variant: 'any',
  variants: 'any[]',
})
export type Loose = Record<string, unknown>
export const loose = (value: unknown): Loose => value as Loose

export const filled = (): ReturnType<typeof Device.create> =>
  Device.create({
    value: [1, 2, 3],
    text: 'hi',
    limits: { low: -1, high: 1, deep: { x: 7 } },
    names: ['p', 'q'],
    items: [{ name: 'zero', wave: [5, 6] }, null, { name: 'two' }],
    choice: union('s', { name: 'chosen', wave: [1] }),
    choices: [union('a', 1), union('s', { n: 2 })],
    variant: Item.create({ name: 'any' }),
    variants: [1, Item.create({ name: 'in any[]' })],
  })
