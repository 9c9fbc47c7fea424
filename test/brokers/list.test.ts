// A list of PVs in a broker: recorders follow it while they run, and a command changes it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Context, NTScalar, Server, SharedPV } from 'node-pvxs'
import { KafkaTable } from 'node-pvxs/kafka'
import { NatsTable } from 'node-pvxs/nats'
import { Recorder, RecordError, type ListConfig, type RecordConfig } from 'node-pvxs/record'
import { run } from '../cli/run.js'
import { CountingSink } from '../record/counting.js'
import { until } from '../unit/fixtures.js'
import { kafka, KafkaBroker } from './kafka-broker.js'
import { NatsServer } from './nats-server.js'

let folder: string
let server: Server
let ctx: Context
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'record-list-'))
  const pv = (value: number): SharedPV => SharedPV.mailbox(new NTScalar('int32'), { value })
  server = await Server.start({ isolated: true, pvs: { 'lab:a.X': pv(1), 'lab:b': pv(2), 'lab:c': pv(3) } })
  ctx = new Context({ useEnv: false, autoAddressList: false, nameServers: [`127.0.0.1:${server.tcpPort}`] })
})
afterAll(async () => {
  await ctx.close()
  await server.close()
  await rm(folder, { recursive: true })
})

type Table = KafkaTable | NatsTable
interface Broker {
  start(): Promise<unknown>
  kill(): Promise<unknown>
}

/** What holds for a list in either broker. */
function followsItsList(
  listOf: (name: string) => { list: ListConfig; table: Table },
  broker: () => Broker,
): void {
  const sinks = { mine: { type: 'custom' } } as const
  const pvsOf = (recorder: Recorder): string[] => [...recorder.pvs()].map(({ name }) => name).sort()

  it('records what is in the list, and takes over what changes there while it runs', async () => {
    const { list, table } = listOf('changes')
    await using _ = table
    await table.put(
      new Map([
        ['lab:a.X', ''],
        ['lab:b', '{"minPeriod":10}'],
      ]),
    )
    const store = new CountingSink()
    await using recorder = await Recorder.start({ list, sinks }, { context: ctx, sinks: { mine: store } })
    expect(pvsOf(recorder)).toEqual(['lab:a.X', 'lab:b'])
    await store.until(() => store.values('lab:b').length > 0)
    await table.put(
      new Map([
        ['lab:c', ''],
        ['lab:a.X', undefined],
      ]),
    )
    await until(() => pvsOf(recorder).join() === 'lab:b,lab:c', 'the changed list')
    await store.until(() => store.values('lab:c').length > 0)
    expect(recorder.status()).toMatchObject({ pvs: 2, list: { state: 'ok', entries: 2, faulty: 0 } })
  })

  it('counts and tells of an entry with faults, whose last good policy stays', async () => {
    const { list, table } = listOf('faults')
    await using _ = table
    await table.put(
      new Map([
        ['lab:a.X', '{"minPeriod":10}'],
        ['lab:b', '{"deadbnd":1}'],
      ]),
    )
    const log: string[] = []
    const config = { list, sinks }
    const customs = { mine: new CountingSink() }
    const options = { context: ctx, sinks: customs, log: (line: string) => log.push(line) }
    await using recorder = await Recorder.start(config, options)
    expect(pvsOf(recorder)).toEqual(['lab:a.X'])
    expect(log.join('\n')).toMatch(/"lab:b": unknown key "deadbnd".*"deadband".*it is not recorded/)
    await table.put(new Map([['lab:a.X', 'not JSON']]))
    await until(() => recorder.status().list?.faulty === 2, 'the faulty entry')
    expect(pvsOf(recorder)).toEqual(['lab:a.X'])
    expect(log.join('\n')).toMatch(/"lab:a.X": its policy is not JSON; it stays as it was/)
    await table.put(new Map([['lab:b', '']]))
    await until(() => recorder.status().list?.faulty === 1, 'the mended entry')
    await until(() => pvsOf(recorder).length === 2, 'its PV')
  })

  it('is shown and changed by a command', async () => {
    const { list, table } = listOf('command')
    await using _ = table
    const file = join(folder, `${list.type}.json`)
    await writeFile(file, JSON.stringify({ list, sinks: { file: { type: 'jsonl', path: 'x.jsonl' } } }))
    const names = join(folder, 'names.txt')
    await writeFile(names, 'lab:c # a comment\nlab:ü\n')
    const ok = { code: 0, stderr: '' }
    expect(await run(['record', 'list', file, 'add', 'lab:b', '--deadband', '0.5'])).toMatchObject(ok)
    expect(await run(['record', 'list', file, 'add', 'lab:a.X', '-f', names])).toMatchObject(ok)
    expect(await run(['record', 'list', file, 'remove', 'lab:c'])).toMatchObject(ok)
    expect(await run(['record', 'list', file])).toMatchObject({
      ...ok,
      stdout: 'lab:a.X\nlab:b {"deadband":0.5}\nlab:ü\n',
    })
    expect(await run(['record', 'list', file, 'ad', 'x'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean "add"') as string,
    })
    expect(
      await run(['record', 'list', file, 'add', 'lab:b', '--every', '5', '--min-period', '10']),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"every" is 5 ms') as string,
    })
  })

  it('says at the start that it is not there', async () => {
    const { list } = listOf('nowhere')
    const { createTopic: _, createBucket: __, ...without } = list
    const failed = await Recorder.start(
      { list: without, sinks },
      { context: ctx, sinks: { mine: new CountingSink() } },
    ).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(RecordError)
    expect(String(failed)).toContain('nowhere')
  })

  it(
    'goes on while the broker is away, and follows again when it is back',
    { timeout: 120_000 },
    async () => {
      const { list, table } = listOf('away')
      await table.put(new Map([['lab:a.X', '']]))
      const customs = { mine: new CountingSink() }
      await using recorder = await Recorder.start({ list, sinks }, { context: ctx, sinks: customs })
      await broker().kill()
      await broker().start()
      expect(pvsOf(recorder)).toEqual(['lab:a.X'])
      await using again = listOf('away').table
      await until(() => recorder.pv('lab:a.X')?.connected === true, 'the PV')
      const change = new Map([
        ['lab:b', ''],
        ['lab:a.X', undefined],
      ])
      await expect
        .poll(() => again.put(change).then(() => 'written', String), { timeout: 60_000 })
        .toBe('written')
      await until(() => pvsOf(recorder).join() === 'lab:b', 'the changed list', 60_000)
      await table.close()
    },
  )
}

describe.skipIf(kafka.missing)(kafka.named('a recorder whose list is in Kafka'), () => {
  let broker: KafkaBroker
  beforeAll(async () => {
    broker = await KafkaBroker.start()
  }, 400_000)
  afterAll(() => broker[Symbol.asyncDispose]())

  followsItsList(
    (topic) => {
      const brokers = [broker.address]
      return {
        list: { type: 'kafka', brokers, topic, createTopic: { partitions: 4 } },
        table: new KafkaTable({ brokers, topic, createTopic: { partitions: 4 } }),
      }
    },
    () => broker,
  )
})

describe('a recorder whose list is in NATS', () => {
  let nats: NatsServer
  beforeAll(async () => {
    nats = await NatsServer.start()
  })
  afterAll(() => nats[Symbol.asyncDispose]())

  followsItsList(
    (bucket) => {
      const servers = [nats.address]
      return {
        list: { type: 'nats', servers, bucket, createBucket: true },
        table: new NatsTable({ servers, bucket, createBucket: true }),
      }
    },
    () => nats,
  )

  it('does not take PVs beside the list', async () => {
    const list: ListConfig = { type: 'nats', servers: [nats.address], bucket: 'b', createBucket: true }
    const config: RecordConfig = { list, pvs: ['lab:a.X'], sinks: { mine: { type: 'custom' } } }
    await expect(Recorder.start(config)).rejects.toThrow('"pvs" and "from" and "list": give one')
  })
})
