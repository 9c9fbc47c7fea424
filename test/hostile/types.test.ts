// Peers that send ever new types: what is known of them must not grow without end.
import { expect, it } from 'vitest'
import { NTScalar, SharedPV, TypeDef } from 'node-pvxs'
import { leavesNothing, levelsOff, loopback } from '../unit/fixtures.js'

leavesNothing()

it(
  'six thousand types later memory is as before, and what is subscribed and kept goes on',
  { timeout: 60_000 },
  async () => {
    const x = SharedPV.mailbox(new NTScalar('int32'), { value: 1 })
    const f = new SharedPV({ onRpc: (op) => op.value ?? undefined })
    await using it = await loopback({ x, f })
    const values: number[] = []
    const sub = it.ctx.monitor('x', { onUpdate: (v) => values.push(v.value as number) })
    await sub.ready
    await it.ctx.put('x', (now) => ({ value: Number(now.value) + 1 }))

    const calls = async (from: number, to: number): Promise<void> => {
      for (let k = from; k < to; k += 50) {
        const each = Array.from({ length: 50 }, (_, j) => new TypeDef('struct', { [`a${k + j}`]: 'int32' }))
        const replies = await Promise.all(
          each.map((type, j) => it.ctx.rpc('f', type.create({ [`a${k + j}`]: j }))),
        )
        expect(replies.map((reply, j) => reply?.[`a${k + j}`])).toEqual(each.map((_, j) => j))
      }
    }
    let known = 0
    await levelsOff(
      'heapUsed',
      async () => {
        await calls(known, known + 3_000)
        known += 3_000
      },
      4 << 20,
    )

    await it.ctx.put('x', (now) => ({ value: Number(now.value) + 1 }))
    await it.ctx.put('x', 7)
    expect((await it.ctx.get('x')).value).toBe(7)
    await expect.poll(() => values.at(-1)).toBe(7)
    await sub.close()
  },
)
