// The recorder into a broker, and from a broker into a store: as a user runs it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NTScalar, Server, SharedPV } from 'node-pvxs'
import { KafkaReader, KafkaSink } from 'node-pvxs/kafka'
import { NatsReader, NatsSink } from 'node-pvxs/nats'
import { Recorder, RecordError, type RecordConfig } from 'node-pvxs/record'
import { SinkError, type Sample, type Sink } from 'node-pvxs/telemetry'
import { run, Running } from '../cli/run.js'
import { CountingSink } from '../record/counting.js'
import { until } from '../unit/fixtures.js'
import { kafka, KafkaBroker } from './kafka-broker.js'
import { NatsServer } from './nats-server.js'
import { counts } from './samples.js'

let folder: string
let server: Server
const x = SharedPV.mailbox(new NTScalar('int32'), { value: 0 })
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'record-brokers-'))
  server = await Server.start({ isolated: true, pvs: { 'lab:x.RVAL': x } })
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

let made = 0
const file = (ending: string): string => join(folder, `${made++}.${ending}`)

/** The values of `lab:x.RVAL` that a reader gives, until it gave the last one. */
async function valuesOf(reader: KafkaReader | NatsReader, last: number): Promise<unknown[]> {
  const values: unknown[] = []
  for await (const { samples } of reader) {
    values.push(...samples.filter(({ series }) => series.id === 'lab:x.RVAL').map(({ value }) => value))
    if (values.includes(last)) break
  }
  return values
}

/** Records the PV by the command, and posts so many values, one after the other. */
async function recordTo(url: string, count: number): Promise<void> {
  const status = file('json')
  await using recorder = new Running(['record', 'lab:x.RVAL', '--to', url, '--to', `jsonl:${status}`], {
    server,
  })
  for (let value = 1; value <= count; value++) {
    x.post({ value })
    const line = `"value":${value},`
    await untilFile(status, (text) => text.includes(line))
  }
  recorder.child.kill('SIGTERM')
  expect(await recorder.ended).toMatchObject({ code: 0, stdout: '', stderr: '' })
}

async function untilFile(path: string, holds: (text: string) => boolean): Promise<void> {
  let text = ''
  const look = setInterval(() => {
    void readFile(path, 'utf8').then(
      (read) => (text = read),
      () => undefined,
    )
  }, 10)
  await until(() => holds(text), `something in ${path}`)
  clearInterval(look)
}

/** The numbers of each PV in a file of JSON lines, in order and once. */
async function numbersOf(path: string): Promise<Map<string, number[]>> {
  const all = new Map<string, Set<number>>()
  for (const line of (await readFile(path, 'utf8')).split('\n')) {
    if (!line.endsWith('}')) continue // cut by the kill
    const { pv, value } = JSON.parse(line) as { pv: string; value: number }
    all.set(pv, (all.get(pv) ?? new Set()).add(value))
  }
  return new Map([...all].map(([pv, values]) => [pv, [...values].sort((a, b) => a - b)]))
}

/** ms: a member that was killed while it joined is waited for by the group. */
const REJOINED = 120_000

const upTo = (to: number): number[] => Array.from({ length: to }, (_, i) => i)

describe.skipIf(kafka.missing)(kafka.named('a recorder and Apache Kafka'), () => {
  let broker: KafkaBroker
  beforeAll(async () => {
    broker = await KafkaBroker.start()
  }, 400_000)
  afterAll(() => broker[Symbol.asyncDispose]())

  it('records into a topic by a URL, with every value in order', async () => {
    await recordTo(`kafka://${broker.address}/lab?createTopic=true&pack=batch`, 4)
    await using reader = new KafkaReader({ brokers: [broker.address], topics: ['lab'], group: 'a' })
    expect((await valuesOf(reader, 4)).slice(-4)).toEqual([1, 2, 3, 4])
  })

  it('says at the start that a topic is not there', async () => {
    const ran = await run(['record', 'lab:x.RVAL', '--to', `kafka://${broker.address}/nowhere`], { server })
    expect(ran.code).not.toBe(0)
    expect(ran.stderr).toMatch(/"kafka".*nowhere/)
  })

  it('writes what it reads, skips what is not a sample, and begins where it stopped', async () => {
    const brokers = [broker.address]
    await using sink = new KafkaSink({ brokers, topic: 'mixed', createTopic: {} })
    await sink.write(counts('a', 0, 10))
    const { Producer } = await import('@platformatic/kafka')
    const producer = new Producer({ clientId: 'garbage', bootstrapBrokers: brokers, retries: 1 })
    const value = Buffer.from('not a sample')
    await producer.send({ messages: [{ topic: 'mixed', key: Buffer.from('a'), value }] })
    await producer.close()
    await sink.write(counts('b', 0, 10))

    const config: RecordConfig = {
      from: { type: 'kafka', brokers, topics: ['mixed'], group: 'stores' },
      sinks: { mine: { type: 'custom', pvs: ['a', 'b'] } },
    }
    const store = new CountingSink()
    const log: string[] = []
    {
      await using recorder = await Recorder.start(config, {
        sinks: { mine: store },
        log: (line) => log.push(line),
      })
      await store.until(() => store.samples.length === 20)
      await until(() => recorder.status().from?.rejected === 1, 'the message that is not a sample')
      expect(recorder.status()).toMatchObject({
        state: 'running',
        pvs: 2,
        received: 20,
        from: { state: 'ok', rejected: 1, skipped: 0 },
      })
    }
    expect(log.join('\n')).toMatch(/mixed\/0@10 is skipped: /)
    expect(store.values('a')).toEqual(upTo(10))

    const next = new CountingSink()
    await using recorder = await Recorder.start(config, { sinks: { mine: next } })
    await sink.write([...counts('a', 10, 12), ...counts('other', 0, 3)])
    await until(() => recorder.status().from?.skipped === 3, 'the samples that no sink takes')
    expect(next.values('a')).toEqual([10, 11])
    expect(next.values('b')).toEqual([])
  })

  it('loses nothing by kill -9 at any moment', async () => {
    const brokers = [broker.address]
    const pvs = ['a', 'b', 'c', 'd']
    await using sink = new KafkaSink({ brokers, topic: 'killed', createTopic: { partitions: 3 } })
    const path = file('jsonl')
    const config = file('json')
    const from = { type: 'kafka', brokers, topics: ['killed'], group: 'killed', maxBatch: 200 }
    await writeFile(config, JSON.stringify({ from, sinks: { file: { type: 'jsonl', path } } }))
    let written = 0
    const grow = async (): Promise<void> => {
      await sink.write(pvs.flatMap((pv) => counts(pv, written, written + 1_000)))
      written += 1_000
    }
    await grow()
    for (let round = 0; round < 3; round++) {
      await using recorder = new Running(['record', config])
      const size = async (): Promise<number> => (await readFile(path, 'utf8').catch(() => '')).length
      const before = await size()
      const grown = grow()
      let now = before
      const look = setInterval(() => void size().then((length) => (now = length)), 5)
      await until(() => now > before, 'something new in the file', REJOINED)
      clearInterval(look)
      recorder.child.kill('SIGKILL')
      await recorder.ended
      await grown
    }
    await using recorder = new Running(['record', config])
    let text = new Map<string, number[]>()
    const look = setInterval(() => void numbersOf(path).then((all) => (text = all)), 50)
    await until(
      () => pvs.every((pv) => text.get(pv)?.length === written),
      'every number of every PV',
      REJOINED,
    )
    clearInterval(look)
    for (const pv of pvs) expect(text.get(pv)).toEqual(upTo(written))
    recorder.child.kill('SIGTERM')
    expect(await recorder.ended).toMatchObject({ code: 0 })
  }, 500_000)
})

describe('a recorder and NATS', () => {
  let nats: NatsServer
  beforeAll(async () => {
    nats = await NatsServer.start()
  })
  afterAll(() => nats[Symbol.asyncDispose]())

  it('records into a stream by a URL, with every value in order', async () => {
    await recordTo(`nats://${nats.address}/lab?createStream=true&subject=lab`, 4)
    await using reader = new NatsReader({ servers: [nats.address], stream: 'lab', consumer: 'a' })
    expect((await valuesOf(reader, 4)).slice(-4)).toEqual([1, 2, 3, 4])
  })

  it('commits nothing that its sink has not written', async () => {
    const servers = [nats.address]
    await using sink = new NatsSink({ servers, stream: 's', subject: 's', createStream: {} })
    await sink.write(counts('a', 0, 100))
    const config: RecordConfig = {
      from: { type: 'nats', servers, stream: 's', consumer: 'stores' },
      sinks: { mine: { type: 'custom', batch: { retry: { min: 10 } } } },
    }
    const away = new CountingSink()
    away.fault = () => new SinkError('nobody answers', { code: 'ERR_AWAY', retryable: true })
    {
      const recorder = await Recorder.start(config, { sinks: { mine: away } })
      await away.until(() => away.attempts > 2)
      expect(recorder.status()).toMatchObject({ state: 'degraded' })
      await recorder.close({ drain: 50 })
      expect(recorder.lost).toBe(0)
    }
    const store = new CountingSink()
    await using _ = await Recorder.start(config, { sinks: { mine: store } })
    await store.until(() => store.samples.length >= 100)
    expect(store.values('a')).toEqual(upTo(100))
  })

  it('commits what waits on disk', async () => {
    const servers = [nats.address]
    await using sink = new NatsSink({ servers, stream: 'd', subject: 'd', createStream: {} })
    await sink.write(counts('a', 0, 100))
    const config: RecordConfig = {
      from: { type: 'nats', servers, stream: 'd', consumer: 'stores' },
      spool: { dir: join(folder, 'spool') },
      sinks: { mine: { type: 'custom', batch: { retry: { min: 10 } } } },
    }
    const away = new CountingSink()
    away.fault = () => new SinkError('nobody answers', { code: 'ERR_AWAY', retryable: true })
    {
      const recorder = await Recorder.start(config, { sinks: { mine: away } })
      await until(() => recorder.status().sinks['mine']?.spooled === 100, 'all on disk')
      await recorder.close({ drain: 500 })
    }
    // Another one of the same consumer without the folder has nothing left to read.
    const other = new CountingSink()
    const { spool: _, ...without } = config
    {
      await using recorder = await Recorder.start(without, { sinks: { mine: other } })
      await sink.write(counts('a', 100, 101))
      await other.until(() => other.samples.length > 0)
      expect(recorder.status().received).toBe(1)
    }
    const store = new CountingSink()
    await using _r = await Recorder.start(config, { sinks: { mine: store } })
    await store.until(() => store.samples.length >= 100)
    expect(store.values('a').slice(0, 100)).toEqual(upTo(100))
  })

  it.each([
    [{ type: 'nats', stream: 's', consumer: 'c' }, 'has no "servers"'],
    [{ type: 'nats', servers: ['h:1'], stream: 's', consumer: 'c', pas: 'x' }, 'unknown key "pas"'],
    [{ type: 'mqtt' }, '"type" is "kafka" or "nats", not "mqtt"'],
  ])('says what is wrong with %j', async (from, text) => {
    const config = { from, sinks: { mine: { type: 'custom' } } } as RecordConfig
    await expect(Recorder.start(config)).rejects.toThrow(text)
  })

  it('says at the start that a stream is not there, and takes PVs or a broker, not both', async () => {
    const from = { type: 'nats', servers: [nats.address], stream: 'nowhere', consumer: 'c' } as const
    const sinks = { mine: { type: 'custom' } } as const
    const customs: Record<string, Sink> = { mine: new CountingSink() }
    const failed = await Recorder.start({ from, sinks }, { sinks: customs }).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(RecordError)
    expect(failed).toMatchObject({ code: 'ERR_RECORD_START' })
    expect((failed as Error).message).toContain('nowhere')
    await expect(Recorder.start({ from, pvs: ['a'], sinks })).rejects.toThrow('"pvs" and "from"')
    await expect(Recorder.start({ sinks })).rejects.toThrow('has no "pvs" and no "from"')
  })

  it('waits for a broker that is not there yet', async () => {
    const late = await NatsServer.start()
    const { address } = late
    await late.kill()
    const store = new CountingSink()
    const config: RecordConfig = {
      from: { type: 'nats', servers: [address], stream: 'late', consumer: 'c' },
      sinks: { mine: { type: 'custom' } },
    }
    await using recorder = await Recorder.start(config, { sinks: { mine: store } })
    await until(() => recorder.status().from?.state === 'retrying', 'that it is asked again')
    expect(recorder.status().state).toBe('degraded')
    await late.start()
    await using sink = new NatsSink({ servers: [address], stream: 'late', subject: 'late', createStream: {} })
    const samples: Sample[] = counts('a', 0, 3)
    await sink.write(samples)
    await store.until(() => store.samples.length === 3)
    expect(recorder.status()).toMatchObject({ state: 'running', from: { state: 'ok' } })
    await late[Symbol.asyncDispose]()
  })
})
