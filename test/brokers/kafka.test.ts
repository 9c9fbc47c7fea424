// Sink and reader of Kafka, against Apache Kafka.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KafkaReader, KafkaSink, type KafkaOptions, type ReaderBatch } from 'node-pvxs/kafka'
import type { Sample, SinkError } from 'node-pvxs/telemetry'
import { anySample } from '../telemetry/any-sample.js'
import { kafka, KafkaBroker } from './kafka-broker.js'
import { python } from './nats-server.js'
import { counts, failure } from './samples.js'

const upTo = (to: number, from = 0): number[] => Array.from({ length: to - from }, (_, i) => from + i)

describe.skipIf(kafka.missing)(kafka.named('Apache Kafka'), () => {
  let broker: KafkaBroker
  beforeAll(async () => {
    broker = await KafkaBroker.start()
  }, 400_000)
  afterAll(() => broker[Symbol.asyncDispose]())

  let topics = 0
  /** A sink of a topic of its own. */
  function sinkOf(more: Partial<KafkaOptions> = {}): { sink: KafkaSink; topic: string; brokers: string[] } {
    const topic = `t${++topics}`
    const brokers = [broker.address]
    return {
      topic,
      brokers,
      sink: new KafkaSink({ brokers, topic, createTopic: { partitions: 4 }, ...more }),
    }
  }

  async function first(topic: string, count: number, group = 'g'): Promise<Sample[]> {
    await using reader = new KafkaReader({
      brokers: [broker.address],
      topics: [topic],
      group: `${topic}-${group}`,
    })
    const all: Sample[] = []
    for await (const { samples, rejected } of reader) {
      expect(rejected).toEqual([])
      all.push(...samples)
      if (all.length >= count) break
    }
    return all
  }

  it('gives every sample back, in order for each PV', async () => {
    const { sink, topic } = sinkOf()
    await using _ = sink
    const batch = [0, 1, 2, 3].flatMap((part) =>
      ['a', 'b', 'c.d'].flatMap((pv) => counts(pv, part * 500, part * 500 + 500)),
    )
    expect(await sink.write(batch)).toEqual({ written: 6_000, rejected: [] })
    const read = await first(topic, 6_000)
    for (const pv of ['a', 'b', 'c.d'])
      expect(read.filter((s) => s.series.id === pv).map((s) => s.value)).toEqual(upTo(2_000))
  })

  it('carries every type, packed and not, compressed and not', async () => {
    const given = fc.sample(anySample, { numRuns: 200, seed: 7 })
    const plain = ({ series: { id, type }, time, value, severity }: Sample): object => ({
      id,
      type,
      time,
      value,
      severity,
    })
    for (const more of [
      { pack: 'sample' },
      { pack: 'batch' },
      { pack: 'batch', compression: 'gzip' },
    ] as const) {
      const { sink, topic } = sinkOf({ ...more, createTopic: { partitions: 1 } })
      await using _ = sink
      expect(await sink.write(given)).toEqual({ written: 200, rejected: [] })
      expect((await first(topic, 200)).map(plain)).toEqual(given.map(plain))
    }
  })

  it('keeps the order of a PV when many write at once', async () => {
    const { sink, topic } = sinkOf()
    await using _ = sink
    const all = await Promise.all(upTo(12).map((i) => sink.write(counts('a', i * 50, i * 50 + 50))))
    expect(all).toEqual(Array(12).fill({ written: 50, rejected: [] }))
    expect((await first(topic, 600)).map((s) => s.value)).toEqual(upTo(600))
  })

  it('confluent-kafka finds each PV where Java puts it, with key, time and JSON', async () => {
    const { sink, topic, brokers } = sinkOf({ createTopic: { partitions: 16 } })
    await using _ = sink
    const names = upTo(40).map((i) => `lab:pv${i}.µ`)
    await sink.write(names.flatMap((name) => counts(name, 0, 1)))
    const program = `
import json, sys
from confluent_kafka import Consumer, Producer
brokers, topic = sys.argv[1:]
there = {}
c = Consumer({"bootstrap.servers": brokers, "group.id": "py", "auto.offset.reset": "earliest"})
c.subscribe([topic])
while len(there) < 40:
    m = c.poll(20)
    assert m is not None and not m.error(), m and m.error()
    there[m.key().decode()] = [m.partition(), m.timestamp()[1], json.loads(m.value())["pv"]]
java = {}
p = Producer({"bootstrap.servers": brokers, "partitioner": "murmur2_random"})
for name in there:
    p.produce(topic, key=name.encode(), value=b"{}", on_delivery=lambda e, m: java.__setitem__(m.key().decode(), m.partition()))
assert p.flush(20) == 0
c.close()
print(json.dumps([there, java]))`
    const { stdout } = await promisify(execFile)(python, ['-c', program, brokers[0] as string, topic], {
      timeout: 60_000,
    })
    const [there, java] = JSON.parse(stdout) as [
      Record<string, [number, number, string]>,
      Record<string, number>,
    ]
    expect(Object.keys(there).sort()).toEqual([...names].sort())
    expect(Object.fromEntries(Object.entries(there).map(([pv, [partition]]) => [pv, partition]))).toEqual(
      java,
    )
    expect(new Set(Object.values(there).map(([partition]) => partition)).size).toBeGreaterThan(8)
    for (const [pv, [, ms, inside]] of Object.entries(there))
      expect([ms, inside]).toEqual([1_700_000_000_000, pv])
  })

  it('goes on from what was committed, and gives again what was not', async () => {
    const { sink, topic, brokers } = sinkOf({ createTopic: { partitions: 1 } })
    await using _ = sink
    await sink.write(counts('a', 0, 100))
    // How many records a batch has is Kafka's; where the next one begins is not.
    const read = async (begin: number, take: number, commit: number): Promise<number> => {
      await using reader = new KafkaReader({ brokers, topics: [topic], group: topic, maxBatch: 10 })
      const seen: unknown[] = []
      const batches: ReaderBatch[] = []
      const ends: number[] = []
      for await (const batch of reader) {
        seen.push(...batch.samples.map((s) => s.value))
        batches.push(batch)
        ends.push(begin + seen.length)
        if (seen.length >= take) {
          await batches[commit]?.commit()
          break
        }
      }
      expect(seen).toEqual(upTo(begin + seen.length, begin))
      return ends[commit] ?? begin
    }
    const second = await read(0, 30, 1)
    expect(await read(second, 20, -1)).toBe(second)
    await read(second, 100 - second, 0)
  })

  it('begins at a time, for a group that is new', async () => {
    const { sink, topic, brokers } = sinkOf({ createTopic: { partitions: 1 } })
    await using _ = sink
    const batch = counts('a', 0, 100)
    await sink.write(batch)
    await using reader = new KafkaReader({
      brokers,
      topics: [topic],
      group: topic,
      from: batch[60]?.time ?? 0n,
    })
    for await (const { samples } of reader) {
      expect(samples[0]?.value).toBe(60)
      break
    }
  })

  it('rejects the sample whose record is too large, and writes its neighbours', async () => {
    const { sink, topic } = sinkOf({
      createTopic: { partitions: 1, config: { 'max.message.bytes': '2000' } },
    })
    await using _ = sink
    const [a, b] = counts('a', 0, 2) as [Sample, Sample]
    const huge: Sample = { ...a, series: { id: 't', type: 'string' }, value: 'x'.repeat(5_000) }
    const { written, rejected } = await sink.write([a, huge, b])
    expect(written).toBe(2)
    expect(rejected).toEqual([
      {
        index: 1,
        reason: expect.stringMatching(
          `^its record has 5\\d\\d\\d bytes, and topic "${topic}" takes 2000 at most$`,
        ) as string,
      },
    ])
    expect((await first(topic, 2)).map((s) => s.value)).toEqual([0, 1])
  })

  it('says what is wrong with topic and broker, at once', async () => {
    const { sink, topic, brokers } = sinkOf({ createTopic: false })
    await using _ = sink
    expect(await failure(sink.write(counts('a', 0, 1)))).toMatchObject({
      code: 'ERR_KAFKA_TOPIC',
      retryable: false,
      message: `there is no topic "${topic}" (createTopic makes it)`,
    })
    await using nobody = new KafkaSink({ brokers: ['127.0.0.1:1'], topic, timeout: 2_000 })
    expect(await failure(nobody.write(counts('a', 0, 1)))).toMatchObject({
      code: 'ERR_KAFKA_CONNECTION',
      retryable: true,
    })
    await using reader = new KafkaReader({ brokers, topics: ['none'], group: 'g' })
    await expect(reader[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'ERR_KAFKA_TOPIC' })
  })

  it('passes over what is not a sample, and says where it stands', async () => {
    const { sink, topic, brokers } = sinkOf({ createTopic: { partitions: 1 } })
    await using _ = sink
    await sink.write(counts('a', 0, 1))
    const program = `
import sys
from confluent_kafka import Producer
p = Producer({"bootstrap.servers": sys.argv[1]})
p.produce(sys.argv[2], value=b"no sample at all")
p.produce(sys.argv[2], key=b"a", value=None)
assert p.flush(20) == 0`
    await promisify(execFile)(python, ['-c', program, brokers[0] as string, topic], { timeout: 60_000 })
    await sink.write(counts('a', 1, 2))
    await using reader = new KafkaReader({ brokers, topics: [topic], group: topic })
    const samples: unknown[] = []
    const rejected: unknown[] = []
    for await (const batch of reader) {
      samples.push(...batch.samples.map((s) => s.value))
      rejected.push(...batch.rejected)
      if (samples.length === 2) break
    }
    expect(samples).toEqual([0, 1])
    expect(rejected).toEqual([
      { reason: 'a FlatBuffers message: it is "ampl", not f144, al00 or ep01', where: `${topic}/0@1` },
    ])
  })

  it('goes on with what is there when the topic deleted what it had not read', async () => {
    const { sink, topic, brokers } = sinkOf({ createTopic: { partitions: 1 } })
    await using _ = sink
    await sink.write(counts('a', 0, 10))
    const options = { brokers, topics: [topic], group: `${topic}-deleted`, maxBatch: 4 }
    {
      await using reader = new KafkaReader(options)
      for await (const batch of reader) {
        await batch.commit()
        break
      }
    }
    const { Admin } = await import('@platformatic/kafka')
    const admin = new Admin({ clientId: 'deletes', bootstrapBrokers: brokers })
    await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 8n }] }] })
    await admin.close()
    await sink.write(counts('a', 10, 12))
    await using reader = new KafkaReader(options)
    const values: unknown[] = []
    const told: unknown[] = []
    for await (const { samples, rejected } of reader) {
      values.push(...samples.map(({ value }) => value))
      told.push(...rejected)
      if (values.includes(11)) break
    }
    expect(values).toEqual([8, 9, 10, 11])
    const reason = 'the topic deleted 4 records before they were read'
    expect(told).toEqual([{ where: `${topic}/0@4`, reason }])
  })

  it('reads a topic from its beginning that ends before what was committed', async () => {
    const { sink, topic, brokers } = sinkOf({ createTopic: { partitions: 1 } })
    await using _ = sink
    await sink.write(counts('a', 0, 3))
    const group = `${topic}-short`
    const { Admin } = await import('@platformatic/kafka')
    const admin = new Admin({ clientId: 'commits', bootstrapBrokers: brokers })
    const topics = [{ name: topic, partitionOffsets: [{ partition: 0, offset: 100n }] }]
    await admin.alterConsumerGroupOffsets({ groupId: group, topics })
    await admin.close()
    await using reader = new KafkaReader({ brokers, topics: [topic], group })
    for await (const { samples, rejected } of reader) {
      expect(samples.map(({ value }) => value)).toEqual([0, 1, 2])
      const reason = 'the topic ends before what is to be read next, and is read from its beginning'
      expect(rejected).toEqual([{ where: `${topic}/0@100`, reason }])
      break
    }
  })

  it('two readers of a group share the partitions, and none is read twice', async () => {
    const { sink, topic, brokers } = sinkOf()
    await using _ = sink
    const names = upTo(20).map((i) => `pv${i}`)
    const seen = new Map<string, unknown[]>()
    const all = 20 * 50
    let count = 0
    const stop = new AbortController()
    const read = async (): Promise<number> => {
      await using reader = new KafkaReader({ brokers, topics: [topic], group: topic })
      stop.signal.addEventListener('abort', () => void reader.close())
      let mine = 0
      for await (const batch of reader) {
        const { samples } = batch
        for (const { series, value } of samples) {
          const values = seen.get(series.id) ?? []
          if (values.at(-1) === value) continue // given again after the shares moved
          values.push(value)
          seen.set(series.id, values)
          mine++
          if (++count === all) stop.abort()
        }
        await batch.commit().catch(() => undefined) // while it joins
      }
      return mine
    }
    await sink.write([]) // makes the topic
    const readers = [read(), read()]
    for (let n = 0; n < 50; n++) {
      await sink.write(names.flatMap((name) => counts(name, n, n + 1)))
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    const mine = await Promise.all(readers)
    expect([...seen.keys()].sort()).toEqual([...names].sort())
    for (const values of seen.values()) expect([...new Set(values)]).toEqual(upTo(50))
    expect(Math.min(...mine)).toBeGreaterThan(0)
  })
})

describe.skipIf(kafka.missing)(kafka.named('a broker that goes away'), () => {
  it('is waited for by sink and reader, and nothing is lost', async () => {
    await using broker = await KafkaBroker.start()
    const brokers = [broker.address]
    await using sink = new KafkaSink({ brokers, topic: 't', createTopic: { partitions: 1 }, timeout: 3_000 })
    await sink.write(counts('a', 0, 50))
    await using reader = new KafkaReader({ brokers, topics: ['t'], group: 'g', timeout: 3_000 })
    const seen: unknown[] = []
    let half: (() => void) | undefined
    const atHalf = new Promise<void>((resolve) => (half = resolve))
    const reading = (async () => {
      for await (const batch of reader) {
        const { samples } = batch
        seen.push(...samples.map((s) => s.value))
        await batch.commit().catch(() => undefined) // the broker may be away
        if (seen.length >= 50) half?.()
        if (seen.length >= 100) return
      }
    })()
    await atHalf
    await broker.kill()
    const batch = counts('a', 50, 100)
    expect((await failure(sink.write(batch))).retryable).toBe(true)
    await broker.start()
    for (let tries = 0; ; tries++) {
      const error = await sink.write(batch).then(
        () => undefined,
        (e: unknown) => e as SinkError,
      )
      if (error === undefined) break
      expect(error).toMatchObject({ retryable: true })
      expect(tries).toBeLessThan(100)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await reading
    expect([...new Set(seen)]).toEqual(upTo(100))
  }, 120_000)
})
