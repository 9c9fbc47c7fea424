// What passes between threads of JavaScript.
import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { any, SharedPV, TypeDef, Value } from 'node-pvxs'
import { leavesNothing, loopback } from '../unit/fixtures.js'

leavesNothing()

const Device = new TypeDef('struct', 'lab:Device', {
  value: 'float64[]',
  big: 'uint64',
  names: 'string[]',
  rows: [{ a: 'int32' }],
  choice: new TypeDef('union', { n: 'int32', s: 'string' }),
  what: 'any',
})
const initial = {
  value: [1.5, NaN],
  big: 2n ** 64n - 1n,
  names: ['p', 'q'],
  rows: [{ a: 1 }, null],
  choice: { select: 's' as const, value: 'text' },
  what: any('int16', 3),
}

/** What `message` is on the other side of a MessageChannel. */
async function posted(message: unknown): Promise<unknown> {
  const { port1, port2 } = new MessageChannel()
  try {
    const arrived = once(port2, 'message')
    port1.postMessage(message)
    return ((await arrived) as [unknown])[0]
  } finally {
    port1.close()
  }
}

describe('a Value that leaves its thread', () => {
  it('[122] goes as $toObject(), through structuredClone and a MessageChannel, and loses nothing', async () => {
    await using it = await loopback({ x: SharedPV.mailbox(Device, initial), y: SharedPV.mailbox(Device) })
    const plain = (await it.ctx.get('x')).$toObject()
    expect(structuredClone(plain)).toEqual(plain)
    const copy = await posted(plain)
    expect(copy).toEqual(plain)
    expect(copy).toMatchObject({
      value: Float64Array.of(1.5, NaN),
      big: 2n ** 64n - 1n,
      rows: [{ a: 1 }, null],
    })
    // all of it is there: a put takes it on the other side
    await it.ctx.put('y', copy as typeof plain)
    expect((await it.ctx.get('y')).toJSON()).toEqual((await it.ctx.get('x')).toJSON())
  })

  it('[122] is refused with a DataCloneError while it is mutable', async () => {
    const refused = expect.objectContaining({ name: 'DataCloneError' }) as Error
    expect(() => structuredClone(Device.create(initial))).toThrow(refused)
    await expect(posted(Device.create(initial))).rejects.toThrow(refused)
  })

  it('[122] is not a Value any more when it was sent as it is', async () => {
    // Node has no cheap way to refuse it: fields arrive as plain data, without type and marks.
    const simple = new TypeDef('struct', { value: 'int32' }).create({ value: 5 }).$freeze()
    for (const copy of [structuredClone<unknown>(simple), await posted(simple)]) {
      expect(copy).not.toBeInstanceOf(Value)
      expect(copy).toEqual({ value: 5 })
      expect(copy).not.toHaveProperty('$type')
    }
  })
})
