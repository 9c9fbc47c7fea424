// The configuration of examples/record, run by the command between a real Kafka and a real InfluxDB.
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { InfluxDB } from 'node-pvxs/influx'
import { KafkaSink } from 'node-pvxs/kafka'
import { run, Running } from '../cli/run.js'
import { debianNeed, influxd } from '../influx/servers.js'
import { kafka, KafkaBroker } from './kafka-broker.js'
import { counts } from './samples.js'

const path = join(import.meta.dirname, '../../examples/record/kafka-to-influx.jsonc')

it('examples/record/kafka-to-influx.jsonc has no faults', async () => {
  const checked = await run(['record', '--check', path])
  expect(checked).toMatchObject({ code: 0, stdout: '' })
  expect(checked.stderr).toContain('from kafka, 1 sinks: no faults')
})

it.skipIf(kafka.missing || debianNeed.missing)(
  kafka.named(debianNeed.named('examples/record/kafka-to-influx.jsonc writes every sample of the topic')),
  { timeout: 400_000 },
  async () => {
    await using broker = await KafkaBroker.start()
    await using db = await influxd()
    await using client = new InfluxDB({ url: db.url, database: 'lab' })
    await client.createDatabase('lab')
    await using sink = new KafkaSink({
      brokers: [broker.address],
      topic: 'lab',
      createTopic: { partitions: 2 },
    })
    const pvs = ['lab:a', 'lab:b', 'lab:c']
    await sink.write(pvs.flatMap((pv) => counts(pv, 0, 500)))
    const env = { KAFKA: broker.address, INFLUX_URL: db.url }
    await using recorder = new Running(['record', path, '--http', '0'], { env })
    await recorder.says(/status on (\S+)\n/)
    await sink.write(pvs.flatMap((pv) => counts(pv, 500, 1_000)))
    const store = client.history()
    const valuesOf = async (pv: string): Promise<unknown[]> => {
      const values: unknown[] = []
      const range = { from: 1_700_000_000_000_000_000n, to: 1_700_000_002_000_000_000n }
      for await (const samples of store.read(pv, range))
        values.push(...samples.map(({ value }) => Number(value)))
      return values
    }
    const all = Array.from({ length: 1_000 }, (_, i) => i)
    for (const pv of pvs) await expect.poll(() => valuesOf(pv), { timeout: 60_000 }).toEqual(all)
    recorder.child.kill('SIGTERM')
    expect(await recorder.ended).toMatchObject({ code: 0 })
  },
)
