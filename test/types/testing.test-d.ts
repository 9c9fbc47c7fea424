import { afterAll, expectTypeOf, it, onTestFinished } from 'vitest'
import { after } from 'node:test'
import { NTScalar, SharedPV, type Context, type Server } from 'node-pvxs'
import { loopback, type Loopback, type LoopbackOptions } from 'node-pvxs/testing'

it('gives a server and a client', async () => {
  const pvs = { x: SharedPV.mailbox(new NTScalar('int32')), y: new SharedPV() }
  const { server, ctx, close } = await loopback(pvs)
  expectTypeOf(server).toEqualTypeOf<Server>()
  expectTypeOf(ctx).toEqualTypeOf<Context>()
  expectTypeOf(close).toEqualTypeOf<() => Promise<void>>()
  await using it = await loopback()
  expectTypeOf(it).toEqualTypeOf<Loopback>()
})

it('takes the hooks of test runners', () => {
  void loopback({}, { after: onTestFinished })
  void loopback({}, { after: afterAll })
  void loopback({}, { after })
  // @ts-expect-error -- the PVs are the first argument
  void loopback({}, { server: { pvs: {} } })
  // @ts-expect-error -- not a PV
  void loopback({ x: 5 })
  expectTypeOf<LoopbackOptions>().toHaveProperty('client')
})
