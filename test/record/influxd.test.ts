// The command against a real InfluxDB: what happens to samples when either of them is killed.
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { NTScalar, Server, SharedPV } from 'node-pvxs'
import { InfluxDB } from 'node-pvxs/influx'
import { run, Running } from '../cli/run.js'
import { influxServers, type TestServer } from '../influx/servers.js'
import { folder } from './staging.js'

for (const one of influxServers) {
  if (one.need.missing) it.skip(one.name)
  else describe(one.name, () => onInfluxd(() => one.start()))
}

const RANGE = { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }

/** PVs whose values are counted up, each value its own time. */
class Counters {
  readonly names: readonly string[]
  readonly #pvs: readonly SharedPV[]
  #count = 0
  server!: Server

  constructor(count: number) {
    this.names = Array.from({ length: count }, (_, i) => `lab:n${i}`)
    this.#pvs = this.names.map(() => SharedPV.mailbox(new NTScalar('int64'), { value: 0n }) as SharedPV)
  }

  async serve(): Promise<void> {
    const pvs = Object.fromEntries(this.names.map((name, i) => [name, this.#pvs[i] as SharedPV]))
    this.server = await Server.start({ isolated: true, pvs })
    onTestFinished(() => this.server.close())
  }

  /** The next value into each of them. */
  step(): number {
    this.#count++
    for (const pv of this.#pvs) pv.post({ value: BigInt(this.#count) })
    return this.#count
  }
}

/** The status of a recorder, by its HTTP. */
class Status {
  readonly #url: string

  constructor(said: string) {
    this.#url = /status on (\S+)\n/.exec(said)?.[1] ?? ''
  }

  async get(): Promise<{
    received: number
    sinks: { influx: { written: number; spooled: number; buffered: number } }
  }> {
    return (await (await fetch(`${this.#url}/status`)).json()) as never
  }

  async until(holds: (status: Awaited<ReturnType<Status['get']>>) => boolean): Promise<void> {
    while (!holds(await this.get())) await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function onInfluxd(start: () => Promise<TestServer>): void {
  async function database(): Promise<{
    db: TestServer
    url: string
    readonly values: (id: string) => Promise<bigint[]>
  }> {
    const db = await start()
    onTestFinished(() => db[Symbol.asyncDispose]())
    const client = new InfluxDB({ url: db.url, database: 'lab' })
    onTestFinished(() => client.close())
    await client.createDatabase('lab')
    const values = async (id: string): Promise<bigint[]> => {
      const found: bigint[] = []
      for await (const batch of client.history().read(id, RANGE))
        found.push(...batch.flatMap(({ value }) => (value === null ? [] : [value as bigint])))
      return found
    }
    return { db, url: `influx://127.0.0.1:${db.port}/lab`, values }
  }

  it('waits for a database that is killed, and brings what came meanwhile', { timeout: 60_000 }, async () => {
    const { db, url } = await database()
    const counters = new Counters(1)
    await counters.serve()
    const words = ['record', ...counters.names, '--to', url, '--http', '0']
    await using recorder = new Running(words, { server: counters.server })
    const status = new Status(await recorder.says(/status on (\S+)\n/))
    await status.until(({ sinks }) => sinks.influx.written === 1)
    await db.kill()
    for (let i = 0; i < 20; i++) {
      const { received } = await status.get()
      counters.step()
      await status.until((now) => now.received > received)
    }
    await recorder.says('sink influx')
    await db.start()
    await status.until(({ sinks }) => sinks.influx.written === 21)
    expect(recorder.stderr).not.toContain('refused')
    recorder.child.kill('SIGTERM')
    expect((await recorder.ended).code).toBe(0)
    const read = await run(['history', 'lab:n0', '--store', url])
    const found = read.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { value: string }).value)
    expect(found).toEqual(Array.from({ length: 21 }, (_, i) => String(i)))
  })

  it(
    'has all that was on the spool of a recorder that is killed again and again',
    { timeout: 120_000 },
    async () => {
      const { url, values } = await database()
      const counters = new Counters(20)
      await counters.serve()
      const spool = join(await folder(), 'spool')
      const words = ['record', ...counters.names, '--to', url, '--spool', spool, '--http', '0']
      // The values that were in safety when it was killed.
      const certain: number[] = []
      for (let life = 0; life < 5; life++) {
        await using recorder = new Running(words, { server: counters.server })
        const status = new Status(await recorder.says(/status on (\S+)\n/))
        await status.until(({ received }) => received >= counters.names.length)
        for (let i = 0; i < 30; i++) {
          const before = await status.get()
          const value = counters.step()
          await status.until(({ received }) => received >= before.received + counters.names.length)
          // On disk, or in the database: what waits in memory alone may be lost with the process.
          await status.until(({ sinks: { influx } }) => influx.buffered <= influx.spooled)
          certain.push(value)
        }
        for (let i = 0; i < 10; i++) counters.step() // on their way when it is killed
        recorder.child.kill('SIGKILL')
        await recorder.ended
      }
      await using last = new Running(words, { server: counters.server })
      const status = new Status(await last.says(/status on (\S+)\n/))
      await status.until(({ received, sinks: { influx } }) => received >= 20 && influx.spooled === 0)
      last.child.kill('SIGTERM')
      expect((await last.ended).code).toBe(0)
      for (const name of counters.names) {
        const found = await values(name)
        expect(
          certain.filter((value) => !found.includes(BigInt(value))),
          name,
        ).toEqual([])
        expect(new Set(found).size, `${name} is there once`).toBe(found.length)
      }
    },
  )
}
