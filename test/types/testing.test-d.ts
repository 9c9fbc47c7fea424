import { afterAll, expectTypeOf, it, onTestFinished } from 'vitest'
import { after } from 'node:test'
import { NTScalar, SharedPV, type Context, type Server } from 'node-pvxs'
import {
  btrdbFake,
  loopback,
  type BtrdbFake,
  type FakeCall,
  type FakeStream,
  type Loopback,
  type LoopbackOptions,
} from 'node-pvxs/testing'

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

it('gives a BTrDB server', async () => {
  await using fake = await btrdbFake({
    version: [6, 0],
    tls: { key: '', cert: Buffer.alloc(0) },
    apiKeys: ['k'],
  })
  expectTypeOf(fake).toEqualTypeOf<BtrdbFake>()
  expectTypeOf(fake.endpoint).toEqualTypeOf<string>()
  expectTypeOf(fake.calls).toEqualTypeOf<readonly FakeCall[]>()
  expectTypeOf(fake.streams).toEqualTypeOf<readonly FakeStream[]>()
  expectTypeOf<FakeStream['version']>().toEqualTypeOf<bigint>()
  fake.fail('Insert', { grpc: 'UNAVAILABLE', times: Infinity, afterPages: 1 })
  // @ts-expect-error -- not an error of gRPC
  fake.fail('Insert', { grpc: 'BROKEN' })
  // @ts-expect-error -- a version has two numbers
  void btrdbFake({ version: [5] })
  // @ts-expect-error -- the server listens at one port
  void btrdbFake({ ports: [1] })
})
