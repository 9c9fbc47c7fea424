// What is promised when something around a recorder fails: samples are counted.
import { expect, it, onTestFinished } from 'vitest'
import { Context, NTScalar, Server, SharedPV } from 'node-pvxs'
import { InfluxDB } from 'node-pvxs/influx'
import { Recorder } from 'node-pvxs/record'
import { debianNeed, influxd } from '../influx/servers.js'
import { freePort } from '../ports.js'
import { leavesNothing, until } from '../unit/fixtures.js'
import { CountingSink } from './counting.js'
import { double, FAST, recording } from './staging.js'

leavesNothing()

it.skipIf(debianNeed.missing)(
  debianNeed.named(
    'a database that is stopped delays no other sink, and has everything in order when it goes on',
  ),
  { timeout: 120_000 },
  async () => {
    const db = await influxd()
    onTestFinished(() => db[Symbol.asyncDispose]())
    const client = new InfluxDB({ url: db.url, database: 'lab' })
    onTestFinished(() => client.close())
    await client.createDatabase('lab')
    const t = double(0)
    const influx = {
      type: 'influx',
      url: db.url,
      database: 'lab',
      timeout: 300,
      batch: { ...FAST, maxBuffered: 100 },
    }
    const stage = await recording(
      { t },
      { sinks: { db: influx as never, all: { type: 'custom', batch: FAST } } },
    )
    const sink = (): { buffered: number; written: number; dropped: number; state: string } =>
      stage.recorder.status().sinks['db'] as never
    await until(() => sink().written === 1, 'the first value in the database')
    db.signal('SIGSTOP')
    onTestFinished(() => {
      db.signal('SIGCONT')
    })
    for (let value = 1; value <= 90; value++) {
      t.post({ value })
      await stage.sink.until(() => stage.sink.values('t').at(-1) === value)
    }
    await until(() => sink().state === 'retrying', 'that the database is tried again')
    expect(sink()).toMatchObject({ written: 1, buffered: 90, dropped: 0 })
    expect(stage.recorder.status().sinks['all']).toMatchObject({ state: 'ok', written: 91 })
    db.signal('SIGCONT')
    await until(() => sink().written === 91, 'everything in the database')
    const values: unknown[] = []
    const hour = 3_600_000_000_000n
    const now = BigInt(Date.now()) * 1_000_000n
    for await (const batch of client.history().read('t', { from: now - hour, to: now + hour }))
      values.push(...batch.map(({ value }) => value))
    expect(values).toEqual(Array.from({ length: 91 }, (_, i) => i))
  },
)

it('a server that restarts is one sample without a value, then values, and no other PV notices', async () => {
  const port = await freePort()
  const here = { useEnv: false, interfaces: ['127.0.0.1'], autoBeacon: false, tcpPort: port, udpPort: 0 }
  const first = await Server.start({ ...here, pvs: { x: double(1) } })
  const stays = double(5)
  const other = await Server.start({ isolated: true, pvs: { stays } })
  onTestFinished(() => other.close())
  const ctx = new Context({
    useEnv: false,
    autoAddressList: false,
    nameServers: [`127.0.0.1:${port}`, `127.0.0.1:${other.tcpPort}`],
  })
  onTestFinished(() => ctx.close())
  const all = new CountingSink()
  const recorder = await Recorder.start(
    { pvs: ['x', 'stays'], sinks: { all: { type: 'custom', batch: FAST } } },
    { context: ctx, sinks: { all } },
  )
  onTestFinished(() => recorder.close())
  await all.until(() => all.samples.length === 2)
  await first.close()
  await all.until(() => all.values('x').length === 2)
  const second = await Server.start({ ...here, pvs: { x: double(2) } })
  onTestFinished(() => second.close())
  await all.until(() => all.values('x').length === 3)
  stays.post({ value: 6 })
  await all.until(() => all.values('stays').length === 2)
  expect(all.values('x')).toEqual([1, null, 2])
  expect(all.samples.find(({ value }) => value === null)).toMatchObject({ severity: 4 })
  expect(all.values('stays')).toEqual([5, 6])
})

it('10,000 PVs that nobody serves are counted, and one that comes is recorded', async () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `absent:${i}`)
  const stage = await recording(
    { here: SharedPV.mailbox(new NTScalar('int32'), { value: 1 }) },
    { pvs: names },
  )
  expect(stage.recorder.status()).toMatchObject({ state: 'running', pvs: 10_000, connected: 0, received: 0 })
  await stage.recorder.update({ add: ['here'] })
  await stage.sink.until(() => stage.sink.values('here').length === 1)
  expect(stage.recorder.status()).toMatchObject({ pvs: 10_001, connected: 1 })
  expect(stage.recorder.pv('absent:9999')).toMatchObject({ connected: false, received: 0 })
})
