import { expectTypeOf, it } from 'vitest'
import { NTURI, SharedPV } from 'node-pvxs'

it('new SharedPV({ args }) types op.args', () => {
  const Ramp = new NTURI({
    start: 'float64',
    n: 'int32',
    at: 'int64',
    all: 'int64[]',
    names: 'string[]',
    inner: { a: 'int64' },
  })
  new SharedPV({
    args: Ramp,
    onRpc: ({ args }) => {
      expectTypeOf(args.start).toEqualTypeOf<number>()
      expectTypeOf(args.at).toEqualTypeOf<number | bigint>()
      expectTypeOf(args.all).toEqualTypeOf<BigInt64Array>()
      expectTypeOf(args.names).toEqualTypeOf<readonly string[]>()
      expectTypeOf(args.inner.a).toEqualTypeOf<number | bigint>()
      // @ts-expect-error -- there is no such argument
      expectTypeOf(args.stop)
      return { step: args.start / args.n }
    },
  })
  new SharedPV({ onRpc: ({ args }) => expectTypeOf(args).toEqualTypeOf<Record<string, unknown>>() })
})
