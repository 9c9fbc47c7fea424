import { describe, expectTypeOf, it } from 'vitest'
import { NTScalar, type Context, type Value, type ValueOf } from 'node-pvxs'
import type { BoundedQueue } from 'node-pvxs/stream'
import {
  ManagedStream,
  pvSource,
  StreamGroup,
  type PvChange,
  type PvSpec,
  type PvUpdate,
  type Source,
  type StreamState,
} from 'node-pvxs/stream'

declare const ctx: Context
const Float = new NTScalar('float64')

describe('a source of PVs', () => {
  it('gives updates, typed by the type that is asked for', () => {
    expectTypeOf(pvSource(ctx)).toEqualTypeOf<Source<PvSpec, PvUpdate>>()
    const typed = pvSource(ctx, { type: Float })
    expectTypeOf(typed).toEqualTypeOf<Source<PvSpec, PvUpdate<ValueOf<typeof Float>>>>()
    new ManagedStream(typed, {
      handler: ({ value }) => {
        expectTypeOf(value).toEqualTypeOf<Value<ValueOf<typeof Float>>>()
        return value.value
      },
    })
  })

  it('gives changes of connections too when it is asked to', () => {
    expectTypeOf(pvSource(ctx, { events: true })).toEqualTypeOf<Source<PvSpec, PvUpdate | PvChange>>()
  })

  it('takes no callbacks', () => {
    // @ts-expect-error -- a source is iterated
    pvSource(ctx, { onUpdate: () => undefined })
  })
})

describe('a stream', () => {
  it('gives what its handler gives', () => {
    const stream = new ManagedStream(pvSource(ctx), { handler: ({ name }) => name })
    expectTypeOf(stream).toEqualTypeOf<ManagedStream<PvSpec, PvUpdate, string>>()
    expectTypeOf(stream.batches()).toExtend<AsyncIterable<string[]>>()
    expectTypeOf(stream.state).toEqualTypeOf<StreamState>()
    expectTypeOf(stream.queue).toEqualTypeOf<BoundedQueue<string>>()
    const plain = new ManagedStream(pvSource(ctx))
    expectTypeOf(plain).toEqualTypeOf<ManagedStream<PvSpec, PvUpdate>>()
  })

  it('gives the elements of an array that its handler gives', () => {
    const handler = ({ name }: PvUpdate): string[] | undefined => (name === '' ? undefined : [name, name])
    const stream = new ManagedStream<PvSpec, PvUpdate, string>(pvSource(ctx), { handler })
    expectTypeOf(stream).toExtend<AsyncIterable<string>>()
  })

  it('is started with what its source takes, and changed by lists', () => {
    const stream = new ManagedStream(pvSource(ctx))
    expectTypeOf(stream.start(['a', { name: 'b', fields: ['value'], queueSize: 4 }])).resolves.toBeString()
    void stream.update({ add: ['a'], remove: [{ name: 'b' }] })
    void stream.update(['a'])
    // @ts-expect-error -- a set is a list
    void stream.start('a')
    // @ts-expect-error -- members have a name
    void stream.update({ add: [{ fields: ['value'] }] })
    const other = new ManagedStream({} as Source<{ rate: number }, number>)
    void other.update({ rate: 5 })
    // @ts-expect-error -- its specification is not a list
    void other.update({ add: [] })
  })

  it('may be one of many kinds in a group', () => {
    const group = new StreamGroup()
    void group.add(new ManagedStream(pvSource(ctx), { handler: ({ name }) => name }), ['a'])
    void group.add(new ManagedStream({} as Source<{ rate: number }, number>), { rate: 5 })
    // @ts-expect-error -- this one takes a list
    void group.add(new ManagedStream(pvSource(ctx)), { rate: 5 })
  })
})
