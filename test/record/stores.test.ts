// Recorders into the simulator of PI and the fake of BTrDB, and their history back.
import { describe, expect, it, onTestFinished } from 'vitest'
import { NTEnum, SharedPV } from 'node-pvxs'
import { openStore, sinkOfUrl, type RecordConfig } from 'node-pvxs/record'
import type { Sample } from 'node-pvxs/telemetry'
import { btrdbFake, piSimulator } from 'node-pvxs/testing'
import { run } from '../cli/run.js'
import { freePort } from '../ports.js'
import { rejection, until } from '../unit/fixtures.js'
import { double, FAST, recording } from './staging.js'

const RANGE = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }

async function values(url: string, id: string): Promise<Sample['value'][]> {
  const store = await openStore(url)
  const found: Sample['value'][] = []
  for await (const batch of store.history.read(id, RANGE)) found.push(...batch.map(({ value }) => value))
  await store.close()
  return found
}

/** Posts 1 to 9 into a PV that begins with 0, one after the other. */
async function nine(sinks: RecordConfig['sinks']): Promise<void> {
  const t = double(0)
  const mode = SharedPV.mailbox(new NTEnum(), { value: { index: 1, choices: ['Off', 'On'] } })
  const { recorder } = await recording({ 'lab:t': t, 'lab:mode': mode }, { sinks })
  await until(() => recorder.pv('lab:t')?.received === 1, 'it has come')
  for (let i = 1; i < 10; i++) {
    t.post({ value: i })
    await until(() => recorder.pv('lab:t')?.received === i + 1, 'it has come')
  }
  await recorder.close()
  expect(recorder.lost).toBe(0)
  expect(recorder.status().sinks['db']).toMatchObject({ rejected: 0, dropped: 0, written: 11 })
}

const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

describe('PI', () => {
  it('is a sink of a configuration, and a store', async () => {
    await using sim = await piSimulator()
    await nine({ db: { type: 'pi', url: sim.url, create: true, batch: FAST } })
    const url = sim.url.replace('http:', 'pi+http:')
    // A point of PI begins with a state: that it was made.
    const given = async (id: string): Promise<unknown[]> =>
      (await values(url, id)).filter((value) => value !== null)
    expect(await given('lab:t')).toEqual(digits)
    expect(await given('lab:mode')).toEqual([1])
    expect((await run(['history', 'lab:t', '--store', url])).stdout.split('\n').length).toBeGreaterThan(10)
  })

  it('is not told a password that is wrong in what it says', async () => {
    const bad = { type: 'pi', url: 'http://127.0.0.1:9/piwebapi', username: 'a:b', password: 'hush' } as const
    const failed = await rejection(recording({}, { pvs: [], sinks: { db: bad } }))
    expect(failed).toMatchObject({ code: 'ERR_RECORD_START', sink: 'db' })
    expect(failed.message).not.toContain('hush')
  })
})

describe('BTrDB', () => {
  it('is a sink of a configuration, and a store', async () => {
    await using fake = await btrdbFake()
    await nine({ db: { type: 'btrdb', endpoint: fake.endpoint, root: 'plant', severity: true, batch: FAST } })
    expect(await values(`btrdb://${fake.endpoint}?root=plant`, 'lab:t')).toEqual(digits)
  })

  it('may be down at the start: samples wait until it is there', async () => {
    const port = await freePort()
    const db = { type: 'btrdb', endpoint: `127.0.0.1:${port}`, connectTimeout: 500, batch: FAST } as const
    const { recorder } = await recording({ 'lab:t': double(7) }, { sinks: { db } })
    await until(() => recorder.status().state === 'degraded', 'it is told')
    expect(recorder.status().sinks['db']).toMatchObject({ state: 'retrying', buffered: 1 })
    const fake = await btrdbFake({ port })
    onTestFinished(() => fake.close())
    await until(() => recorder.status().sinks['db']?.written === 1, 'it is written')
    expect(await values(`btrdb://${fake.endpoint}`, 'lab:t')).toEqual([7])
  })

  it('that can never be had fails the start', async () => {
    const bad = (more: object): Promise<Error & Record<string, unknown>> =>
      rejection(recording({}, { pvs: [], sinks: { db: { type: 'btrdb', ...more } } }))
    expect(await bad({ endpoint: 'no port' })).toMatchObject({ code: 'ERR_RECORD_START', sink: 'db' })
    expect((await bad({ profile: 'absent' })).message).toContain('absent')
  })
})

describe('a URL of a store', () => {
  it.each([
    ['pi://pi.lab', { type: 'pi', url: 'https://pi.lab/piwebapi' }],
    [
      'pi+http://u:p%40@h:81/x?create=true&maxValues=5',
      { type: 'pi', url: 'http://h:81/x', username: 'u', password: 'p@', create: true, maxValues: 5 },
    ],
    ['btrdb://h', { type: 'btrdb', endpoint: 'h:4410' }],
    ['btrdb://key@h:5000?root=a', { type: 'btrdb', endpoint: 'h:5000', apiKey: 'key', root: 'a' }],
    ['btrdbs://[::1]', { type: 'btrdb', endpoint: '[::1]:4411' }],
    ['btrdbs://h:5000', { type: 'btrdb', endpoint: 'h:5000', tls: true }],
    ['btrdb://h:80', { type: 'btrdb', endpoint: 'h:80' }],
    ['influxs://h/d', { type: 'influx', url: 'https://h:8086', database: 'd' }],
  ])('%s', (url, config) => {
    expect(sinkOfUrl(url)).toEqual(config)
  })

  it.each([
    ['pi:', 'pi://'],
    ['btrdb://h/x', 'no path'],
    ['btrdb:x', 'btrdb://'],
    ['pi://u:hush@', 'pi://'],
    ['influx://u:hush@h', 'name of a database'],
  ])('%s is refused', (url, reason) => {
    let message = ''
    try {
      sinkOfUrl(url)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toContain(reason)
    expect(message).not.toContain('hush')
  })

  it('is refused for an option that its kind does not have', async () => {
    expect((await rejection(openStore('btrdb://h?rot=a'))).message).toContain('did you mean "root"?')
    expect((await rejection(openStore('pi://h?maxValues=a'))).message).toContain('"maxValues" is an integer')
  })
})
