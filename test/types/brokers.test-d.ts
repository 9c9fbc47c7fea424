import { expectTypeOf, it } from 'vitest'
import {
  decodeFlatbuffer,
  decodeJson,
  encodeF144,
  encodeJson,
  KafkaReader,
  KafkaSink,
  type Alarm,
  type Connection,
  type ReaderBatch,
} from 'node-pvxs/kafka'
import { keyOf, NatsReader, NatsSink, pvOf, subjectOf } from 'node-pvxs/nats'
import type { Sample, Sink } from 'node-pvxs/telemetry'

it('sinks are sinks, and say what they need', () => {
  expectTypeOf<KafkaSink>().toExtend<Sink & AsyncDisposable>()
  expectTypeOf<NatsSink>().toExtend<Sink & AsyncDisposable>()
  expectTypeOf(KafkaSink).toBeConstructibleWith({
    brokers: ['a:1'],
    topic: 't',
    format: 'f144',
    createTopic: { partitions: 3 },
  })
  expectTypeOf(NatsSink).toBeConstructibleWith({
    servers: ['a:1'],
    stream: 's',
    dedup: false,
    createStream: { maxAge: 5 },
  })
  // @ts-expect-error -- without a topic
  expectTypeOf(KafkaSink).toBeConstructibleWith({ brokers: ['a:1'] })
  // @ts-expect-error -- a format that there is not
  expectTypeOf(KafkaSink).toBeConstructibleWith({ brokers: ['a:1'], topic: 't', format: 'xml' })
  // @ts-expect-error -- one server alone
  expectTypeOf(NatsSink).toBeConstructibleWith({ servers: 'a:1', stream: 's' })
})

it('readers give batches that are committed', () => {
  expectTypeOf<KafkaReader>().toExtend<AsyncIterable<ReaderBatch> & AsyncDisposable>()
  expectTypeOf<NatsReader>().toExtend<AsyncIterable<ReaderBatch> & AsyncDisposable>()
  expectTypeOf<ReaderBatch['samples']>().toEqualTypeOf<readonly Sample[]>()
  expectTypeOf<ReaderBatch['rejected'][number]['where']>().toEqualTypeOf<string>()
  expectTypeOf<ReturnType<ReaderBatch['commit']>>().toEqualTypeOf<Promise<void>>()
  expectTypeOf(KafkaReader).toBeConstructibleWith({
    brokers: ['a:1'],
    topics: ['t'],
    group: 'g',
    from: new Date(),
  })
  expectTypeOf(NatsReader).toBeConstructibleWith({
    servers: ['a:1'],
    stream: 's',
    consumer: 'c',
    from: 'latest',
  })
  // @ts-expect-error -- without a group
  expectTypeOf(KafkaReader).toBeConstructibleWith({ brokers: ['a:1'], topics: ['t'] })
})

it('messages and names are typed', () => {
  expectTypeOf(encodeJson).returns.toEqualTypeOf<string>()
  expectTypeOf(decodeJson).returns.toEqualTypeOf<Sample>()
  expectTypeOf(encodeF144).returns.toExtend<Uint8Array>()
  expectTypeOf(decodeFlatbuffer).returns.toEqualTypeOf<Sample | Connection | Alarm>()
  for (const named of [subjectOf, pvOf, keyOf]) expectTypeOf(named).returns.toEqualTypeOf<string>()
})
