import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InvalidArgumentError, NTURI, setLogger, SharedPV, type LogLine } from 'node-pvxs'
import { leavesNothing, loopback, rejection, thrown } from '../fixtures.js'

leavesNothing()

const lines: LogLine[] = []
beforeAll(() => setLogger((line) => lines.push(line)))
afterAll(() => setLogger(null))

describe('op.args', () => {
  it('holds safe integers as numbers: 0, 10 and 4 give a step of 2.5', async () => {
    const onRpc = ({ args }: { args: Record<string, unknown> }) => {
      const { start, stop, n } = args as Record<string, number>
      return { step: ((stop ?? NaN) - (start ?? NaN)) / (n ?? NaN) }
    }
    await using it = await loopback({ ramp: new SharedPV({ onRpc }) })
    expect((await it.ctx.rpc('ramp', { start: 0, stop: 10, n: 4 }))?.['step']).toBe(2.5)
  })

  it('holds them so at any depth, and what a number does not hold as a bigint; arrays stay typed', async () => {
    let got: unknown
    const onRpc = ({ args }: { args: unknown }) => {
      got = args
    }
    await using it = await loopback({ x: new SharedPV({ onRpc }) })
    const args = new NTURI({
      whole: 'int64',
      least: 'int64',
      large: 'uint64',
      list: 'int64[]',
      inner: { deep: 'uint64', items: [{ n: 'int64' }], any: 'any' },
      text: 'string[]',
      numbers: 'float64[]',
    })
    const large = 2n ** 64n - 1n
    await it.ctx.rpc(
      'x',
      args.call({
        whole: -5,
        least: Number.MIN_SAFE_INTEGER,
        large,
        list: [1n, 2n ** 53n],
        inner: { deep: 7, items: [{ n: 8 }, null], any: 9 },
        text: ['a'],
        numbers: [1.5],
      }),
    )
    expect(got).toEqual({
      whole: -5,
      least: Number.MIN_SAFE_INTEGER,
      large,
      list: BigInt64Array.of(1n, 2n ** 53n),
      inner: { deep: 7, items: [{ n: 8 }, null], any: { type: expect.anything() as unknown, value: 9 } },
      text: ['a'],
      numbers: new Float64Array([1.5]),
    })
  })

  describe('with the option args', () => {
    const seen: unknown[] = []
    const ramp = () =>
      new SharedPV({
        args: new NTURI({ start: 'float64', n: 'int32', names: 'string[]' }),
        onRpc: ({ args, value }) => {
          seen.push(args)
          return { half: args.start / 2, n: args.n, sent: value?.$id ?? '' }
        },
      })

    it('is converted to its types, however the client sent it', async () => {
      await using it = await loopback({ x: ramp() })
      const sent = { start: 5, n: '12', names: [] }
      expect((await it.ctx.rpc('x', sent))?.['half']).toBe(2.5)
      const plain = new NTURI({ start: 'float32', n: 'uint64', names: 'string[]' })
      expect((await it.ctx.rpc('x', plain.call({ start: 1.5, n: 3, names: ['a'] })))?.['half']).toBe(0.75)
      expect(seen).toEqual([
        { start: 5, n: 12, names: [] },
        { start: 1.5, n: 3, names: ['a'] },
      ])
    })

    it.each([
      ['lacks an argument', { start: 1, names: [] }, /the argument "n" \(int32\) is missing/],
      ['has none', {}, /the argument "start" \(float64\) is missing/],
      [
        'has one more',
        { start: 1, n: 2, names: [], stop: 3 },
        /unknown argument "stop": there are start, n, names/,
      ],
      ['has one that does not fit', { start: 1, n: 2.5, names: [] }, /does not fit: .*2\.5/],
    ])('a call that %s is refused before the handler runs, and not logged', async (_, args, text) => {
      await using it = await loopback({ x: ramp() })
      seen.length = 0
      expect((await rejection(it.ctx.rpc('x', args))).message).toMatch(text)
      expect(seen).toEqual([])
      expect(lines.filter(({ level }) => level === 'error')).toEqual([])
    })

    it('is an NTURI', () => {
      const error = thrown(() => new SharedPV({ args: { a: 'int32' } as never, onRpc: () => undefined }))
      expect(error).toBeInstanceOf(InvalidArgumentError)
      expect(error.message).toContain('args')
    })
  })
})
