// What the subpaths export is described, and the examples of their docstrings compile and run.
import assert from 'node:assert/strict'
import { chdir, cwd } from 'node:process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import * as api from 'node-pvxs'
import { InfluxDB } from 'node-pvxs/influx'
import { KafkaSink } from 'node-pvxs/kafka'
import { NatsSink } from 'node-pvxs/nats'
import { PiWebApi } from 'node-pvxs/pi'
import type { Sink } from 'node-pvxs/telemetry'
import { piSimulator, type PiSimulator } from 'node-pvxs/testing'
import { kafka, KafkaBroker } from '../brokers/kafka-broker.js'
import { NatsServer } from '../brokers/nats-server.js'
import { counts } from '../brokers/samples.js'
import { debianNeed, influxd, type TestServer } from '../influx/servers.js'
import { examplesOf, problemsIn, run } from './docstring-examples.js'
import { documented } from './docstrings.js'
import { lab } from './lab.js'
import { root } from './pages.js'

const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { exports: object }
const names = Object.keys(exports).flatMap((path) => /^\.\/(\w+)$/.exec(path)?.[1] ?? [])

// What is inherited is run with what it is inherited from.
const ofTheRoot = new Set(examplesOf(documented('lib-ts/index.ts')).map(({ code }) => code))
const entries = await Promise.all(
  names.map(async (name) => {
    const specifier = `node-pvxs/${name}`
    const all = documented(`lib-ts/${name}/index.ts`)
    const values = (await import(specifier)) as Record<string, unknown>
    return { specifier, all, values, examples: examplesOf(all).filter(({ code }) => !ofTheRoot.has(code)) }
  }),
)

describe.each(entries)('$specifier', ({ specifier, all, values, examples }) => {
  it('describes everything that it exports', () => {
    expect(all.filter(({ described }) => !described).map(({ name }) => name)).toEqual([])
  })

  it('has examples that compile', async () => {
    const given = {
      imports: `import type { InfluxDB as GivenDB } from 'node-pvxs/influx'
import type { PiWebApi as GivenPi } from 'node-pvxs/pi'
import type { Sink as GivenSink } from 'node-pvxs/telemetry'`,
      parameters: ', db: GivenDB, sink: GivenSink, pi: GivenPi',
    }
    expect(await problemsIn(examples, { specifier, all, values, ...given })).toEqual([])
  }, 60_000)
})

// What examples show as their server of InfluxDB; here it is one of the tests.
const INFLUX = 'http://localhost:8086'
// And as their PI Web API.
const PI = 'https://pi.lab/piwebapi'
// And as their brokers.
const KAFKA = 'localhost:9092'
const NATS = 'localhost:4222'
const sink: Sink = {
  write: (batch) => Promise.resolve({ written: batch.length, rejected: [] }),
  close: () => Promise.resolve(),
}

describe.skipIf(debianNeed.missing)(debianNeed.named('the example of'), () => {
  const scope: Record<string, unknown> = Object.assign({}, api, ...entries.map(({ values }) => values), {
    assert,
    expect,
    onTestFinished,
  })
  const home = cwd()
  let folder: string
  let here: Awaited<ReturnType<typeof lab>>
  let server: TestServer
  let db: InfluxDB
  let sim: PiSimulator
  let pi: PiWebApi
  let posting: NodeJS.Timeout
  let nats: NatsServer
  let broker: KafkaBroker | undefined

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'examples-'))
    chdir(folder) // some make files
    here = await lab()
    here.server.addPV('lab:temperature', api.SharedPV.mailbox(new api.NTScalar('float64'), 20))
    here.server.addPV('lab:mode', api.SharedPV.mailbox(new api.NTScalar('int32'), 1))
    for (const [name, value] of Object.entries(here.env)) vi.stubEnv(name, value)
    server = await influxd()
    db = new InfluxDB({ url: server.url, database: 'lab' })
    await db.createDatabase()
    sim = await piSimulator({
      points: { sinusoid: { value: 1.5, units: 'degC' }, mode: { digitalSet: 'Modes', value: 'On' } },
      digitalSets: { Modes: ['Off', 'On'] },
    })
    // Examples wait for what is new.
    posting = setInterval(() => sim.post('sinusoid', 1.5), 200)
    pi = new PiWebApi(sim.url)
    nats = await NatsServer.start()
    await using stream = new NatsSink({ servers: [nats.address], stream: 'pvs', createStream: {} })
    await stream.write(counts('lab:count', 0, 1))
    if (kafka.missing) return
    broker = await KafkaBroker.start()
    await using topic = new KafkaSink({ brokers: [broker.address], topic: 'pvs', createTopic: {} })
    await topic.write(counts('lab:count', 0, 1))
  }, 400_000)

  afterAll(async () => {
    vi.unstubAllEnvs()
    clearInterval(posting)
    await pi.close()
    await sim.close()
    await db.close()
    await server[Symbol.asyncDispose]()
    await nats[Symbol.asyncDispose]()
    await broker?.[Symbol.asyncDispose]()
    await here[Symbol.asyncDispose]()
    chdir(home)
    await rm(folder, { recursive: true, force: true })
  })

  const examples = entries.flatMap(({ specifier, examples }) =>
    examples.map(({ name, code }) => ({ name, specifier, code })),
  )
  it.each(examples)('$name of $specifier runs, and gives what it shows', async ({ specifier, code }) => {
    if (specifier === 'node-pvxs/kafka' && code.includes(KAFKA))
      assert(broker, kafka.named('it needs a broker'))
    const ctx = new api.Context()
    const tests: Promise<void>[] = []
    const test = (_name: string, body: () => Promise<void>) => tests.push(body())
    try {
      const given = { ctx, server: here.server, db, sink, pi, test }
      const own = entries.find((entry) => entry.specifier === specifier)?.values
      const placed = code
        .replaceAll(INFLUX, server.url)
        .replaceAll(PI, sim.url)
        .replaceAll(NATS, nats.address)
        .replaceAll(KAFKA, broker?.address ?? KAFKA)
      await run(placed, { ...scope, ...own, ...given })
      await Promise.all(tests)
    } finally {
      await ctx.close()
    }
  })
})
