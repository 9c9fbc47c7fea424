// Sink and reader of NATS, against nats-server.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NatsReader, NatsSink, type NatsOptions, type ReaderBatch } from 'node-pvxs/nats'
import type { Sample, SinkError } from 'node-pvxs/telemetry'
import { anySample } from '../telemetry/any-sample.js'
import fc from 'fast-check'
import { NatsServer } from './nats-server.js'
import { counts, failure } from './samples.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

let streams = 0
/** A sink of a stream of its own. */
function sinkOf(more: Partial<NatsOptions> = {}): { sink: NatsSink; stream: string; servers: string[] } {
  const stream = `s${++streams}`
  const servers = [server.address]
  return {
    stream,
    servers,
    sink: new NatsSink({ servers, stream, subject: stream, createStream: {}, ...more }),
  }
}

/** The first samples of a stream, as many as asked for. */
async function first(stream: string, count: number, more: object = {}): Promise<Sample[]> {
  await using reader = new NatsReader({ servers: [server.address], stream, consumer: 'test', ...more })
  const all: Sample[] = []
  for await (const { samples, rejected } of reader) {
    expect(rejected).toEqual([])
    all.push(...samples)
    if (all.length >= count) break
  }
  return all
}

describe('a sink and a reader of NATS', () => {
  it('give every sample back, in order, acknowledged before write resolves', async () => {
    const { sink, stream } = sinkOf()
    await using _ = sink
    const batch = counts('lab:a.HIGH', 0, 12_000)
    expect(await sink.write(batch)).toEqual({ written: 12_000, rejected: [] })
    expect(await first(stream, 12_000)).toEqual(batch)
  })

  it('carry every type, packed and not', async () => {
    const given = fc.sample(anySample, { numRuns: 300, seed: 7 })
    for (const pack of ['sample', 'batch'] as const) {
      const { sink, stream } = sinkOf({ pack, dedup: false })
      await using _ = sink
      expect(await sink.write(given)).toEqual({ written: 300, rejected: [] })
      const read = await first(stream, 300)
      expect(
        read.map(({ series: { id, type }, time, value, severity }) => ({ id, type, time, value, severity })),
      ).toEqual(
        given.map(({ series: { id, type }, time, value, severity }) => ({ id, type, time, value, severity })),
      )
    }
  })

  it('go on from what was committed, and give again what was not, in order', async () => {
    const { sink, stream, servers } = sinkOf()
    await using _ = sink
    await sink.write(counts('a', 0, 100))
    const read = async (take: number, commit: boolean): Promise<number[]> => {
      await using reader = new NatsReader({ servers, stream, consumer: 'c', maxBatch: 10 })
      const seen: number[] = []
      let last: ReaderBatch | undefined
      for await (const batch of reader) {
        seen.push(...batch.samples.map((s) => s.value as number))
        last = batch
        if (seen.length >= take) break
      }
      if (commit) await last?.commit()
      return seen
    }
    const one = await read(30, true)
    expect(one).toEqual(Array.from(one, (_, i) => i))
    const two = await read(20, false)
    expect(two[0]).toBe(one.length)
    const three = await read(100 - one.length, true)
    expect(three).toEqual(Array.from({ length: 100 - one.length }, (_, i) => one.length + i))
  })

  it('wait while the server is away, then go on: each sample is stored once', async () => {
    await using own = await NatsServer.start()
    const servers = [own.address]
    await using sink = new NatsSink({ servers, stream: 's', createStream: {}, timeout: 1_000 })
    await sink.write(counts('a', 0, 50))
    await own.kill()
    const batch = counts('a', 50, 100)
    expect(await failure(sink.write(batch))).toMatchObject({ code: 'ERR_NATS_CONNECTION', retryable: true })
    await own.start()
    for (;;) {
      const error = await sink.write(batch).then(
        () => undefined,
        (e: unknown) => e as SinkError,
      )
      if (error === undefined) break
      expect(error.retryable).toBe(true)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await using reader = new NatsReader({ servers, stream: 's', consumer: 'c' })
    const values: unknown[] = []
    for await (const { samples } of reader) {
      values.push(...samples.map((s) => s.value))
      if (values.length >= 100) break
    }
    expect(values).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  it('a reader whose server restarts gives each sample once, and commits what it gave before', async () => {
    await using own = await NatsServer.start()
    const servers = [own.address]
    await using sink = new NatsSink({ servers, stream: 's', createStream: {}, timeout: 1_000 })
    await sink.write(counts('a', 0, 50))
    const seen: unknown[] = []
    let committed = 0
    {
      await using reader = new NatsReader({ servers, stream: 's', consumer: 'c', maxBatch: 10 })
      const open: ReaderBatch[] = []
      for await (const batch of reader) {
        seen.push(...batch.samples.map((s) => s.value))
        open.push(batch)
        if (open.length === 2) {
          committed = seen.length
          await own.kill()
          await own.start()
        }
        if (seen.length === 50) break
      }
      expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i))
      // Its last message was delivered by a consumer that is no more, and again by the present one.
      await open[1]?.commit()
    }
    await using next = new NatsReader({ servers, stream: 's', consumer: 'c' })
    const { value } = (await next[Symbol.asyncIterator]().next()) as { value: ReaderBatch }
    expect(value.samples[0]?.value).toBe(committed)
  })

  it('a commit that the reader did not live to see is an error, and a second one of the same batch is none', async () => {
    const { sink, stream, servers } = sinkOf()
    await using _ = sink
    await sink.write(counts('a', 0, 5))
    await using reader = new NatsReader({ servers, stream, consumer: 'c', maxBatch: 2 })
    const batches = reader[Symbol.asyncIterator]()
    const one = (await batches.next()).value as ReaderBatch
    const two = (await batches.next()).value as ReaderBatch
    await two.commit()
    await two.commit()
    await one.commit()
    const three = (await batches.next()).value as ReaderBatch
    await reader.close()
    await expect(three.commit()).rejects.toMatchObject({ code: 'ERR_NATS_CLOSED' })
    expect(await batches.next()).toEqual({ done: true, value: undefined })
    await expect(sink.close().then(() => sink.write(counts('a', 0, 1)))).rejects.toMatchObject({
      code: 'ERR_NATS_CLOSED',
    })
  })

  it('stores what is sent again once, by message id, and the same sample of two recorders by series and time', async () => {
    const { sink, stream, servers } = sinkOf({ dedup: 'series-time' })
    await using _ = sink
    await using other = new NatsSink({ servers, stream, subject: stream, dedup: 'series-time' })
    await sink.write(counts('a', 0, 20))
    expect(await other.write(counts('a', 10, 30))).toEqual({ written: 20, rejected: [] })
    expect((await first(stream, 30)).map((s) => s.value)).toEqual(Array.from({ length: 30 }, (_, i) => i))
  })

  it('rejects the sample whose message is too large, and writes its neighbours', async () => {
    const { sink, stream } = sinkOf()
    await using _ = sink
    const [a, b] = counts('a', 0, 2) as [Sample, Sample]
    const huge: Sample = { ...a, series: { id: 't', type: 'string' }, value: 'x'.repeat(2_000_000) }
    const { written, rejected } = await sink.write([a, huge, b])
    expect(written).toBe(2)
    expect(rejected).toEqual([
      {
        index: 1,
        reason: expect.stringMatching(
          /^its message has 20000\d\d bytes, and the server takes 1048576 at most$/,
        ) as string,
      },
    ])
    expect((await first(stream, 2)).map((s) => s.value)).toEqual([0, 1])
  })

  it('says what is wrong with stream, subject and server', async () => {
    const { sink, servers } = sinkOf({ createStream: false })
    await using _ = sink
    expect(await failure(sink.write(counts('a', 0, 1)))).toMatchObject({
      code: 'ERR_NATS_STREAM',
      retryable: false,
      message: expect.stringContaining('there is no stream') as string,
    })
    const { sink: good, stream } = sinkOf()
    await using _good = good
    await good.write(counts('a', 0, 1))
    await using elsewhere = new NatsSink({ servers, stream, subject: 'elsewhere' })
    expect(await failure(elsewhere.write(counts('a', 0, 1)))).toMatchObject({
      code: 'ERR_NATS_STREAM',
      message: `no stream takes this subject: "elsewhere.a", though there is a stream "${stream}"`,
    })
    await using nobody = new NatsSink({ servers: ['127.0.0.1:1'], stream: 's', timeout: 500 })
    expect(await failure(nobody.write(counts('a', 0, 1)))).toMatchObject({
      code: 'ERR_NATS_CONNECTION',
      retryable: true,
    })
    await using reader = new NatsReader({ servers, stream: 'none', consumer: 'c' })
    await expect(reader[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'ERR_NATS_STREAM' })
  })

  it('a reader takes the consumer of another over, which ends', async () => {
    const { sink, stream, servers } = sinkOf()
    await using _ = sink
    await sink.write(counts('a', 0, 5))
    await using one = new NatsReader({ servers, stream, consumer: 'c' })
    await using two = new NatsReader({ servers, stream, consumer: 'c' })
    const ones = one[Symbol.asyncIterator]()
    expect((await ones.next()).done).toBe(false)
    const ended = failure(ones.next())
    const twos = two[Symbol.asyncIterator]()
    const again: unknown[] = []
    while (again.length < 5)
      again.push(...((await twos.next()).value as ReaderBatch).samples.map((s) => s.value))
    expect(again).toEqual([0, 1, 2, 3, 4])
    expect(await ended).toMatchObject({ code: 'ERR_NATS_TAKEN' })
  })

  it('writes f144 with alarms and connections, which the reader joins to samples again', async () => {
    const { sink, stream } = sinkOf({ format: 'f144' })
    await using _ = sink
    const [a, b, c] = counts('a', 0, 3) as [Sample, Sample, Sample]
    const plain = ({ series, time, value }: Sample): Sample => ({ series, time, value, severity: 0 })
    const batch = [
      plain(a),
      { ...plain(b), severity: 2 as const, message: 'HIGH' },
      { ...plain(c), value: null, severity: 4 as const },
    ]
    expect(await sink.write(batch)).toEqual({ written: 3, rejected: [] })
    expect(await first(stream, 3)).toEqual(batch)
  })
})

describe('access', () => {
  it('by token, and by user and password; a wrong one is an error at once that does not show it', async () => {
    await using own = await NatsServer.start('authorization { user: "lab", password: "s3cret" }')
    const servers = [own.address]
    await using sink = new NatsSink({ servers, stream: 's', createStream: {}, user: 'lab', pass: 's3cret' })
    expect((await sink.write(counts('a', 0, 1))).written).toBe(1)
    await using wrong = new NatsSink({ servers, stream: 's', user: 'lab', pass: 'other-s3cret' })
    const error = await failure(wrong.write(counts('a', 0, 1)))
    expect(error).toMatchObject({ code: 'ERR_NATS_AUTH', retryable: false })
    expect(String(error.stack)).not.toContain('other-s3cret')
  })
})
