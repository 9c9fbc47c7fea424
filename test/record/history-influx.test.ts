// A history of InfluxDB, served: the store behind it is another one, what clients see is the same.
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Value } from 'node-pvxs'
import { InfluxDB } from 'node-pvxs/influx'
import { serveHistory } from 'node-pvxs/record'
import { debianNeed, influxd } from '../influx/servers.js'
import { leavesNothing, loopback, rejection } from '../unit/fixtures.js'
import { LAB, SECOND, SECONDS0, T0 } from './history-store.js'
import { chunksIn } from './raw-reader.js'

leavesNothing()

describe.skipIf(debianNeed.missing)(debianNeed.named('a history of InfluxDB'), () => {
  it('is served by RPC, JSON and protocol buffers', async () => {
    const influx = await influxd()
    onTestFinished(() => influx[Symbol.asyncDispose]())
    await using db = new InfluxDB({ url: influx.url, database: 'served' })
    await db.createDatabase()
    const sink = db.sink()
    expect((await sink.write(LAB)).rejected).toEqual([])
    await sink.close()
    const { ctx, server } = await loopback({}, { after: onTestFinished })
    await using served = await serveHistory(db.history(), { server, http: { port: 0 } })

    const ask = async (args: object, service = 'hist'): Promise<Value> =>
      (await ctx.rpc(service, args)) as Value
    const range = { from: T0 + 2n * SECOND + 1n, to: T0 + 5n * SECOND }
    const values = (table: Value): unknown => (table.$get('value') as Value).$get('values')
    expect(values(await ask({ pv: 'lab:t', ...range }))).toEqual(Float64Array.of(2, 3, 4))
    expect(values(await ask({ pv: 'lab:mode', ...range }))).toEqual(Int32Array.of(0, 1))
    expect(values(await ask({ pv: 'lab:t', from: T0, to: T0 + 10n * SECOND, width: '4s' }))).toEqual(
      Float64Array.of(1.5, 5.5, 8.5),
    )
    expect((await ask({ pv: 'lab:*' }, 'hist:search')).$get('value')).toEqual(['lab:mode', 'lab:t'])
    expect(await rejection(ask({ pv: 'lab:u', ...range }))).toMatchObject({
      message: expect.stringContaining('unknown PV "lab:u"') as string,
    })

    const query = `from=${SECONDS0 + 2.5}&to=${SECONDS0 + 5}`
    const json = await fetch(`${served.url ?? ''}/data/getData.json?pv=lab:t&${query}`)
    const [block] = (await json.json()) as { meta: object; data: { val: number }[] }[]
    expect(block?.meta).toEqual({ name: 'lab:t', EGU: 'C' })
    expect(block?.data.map(({ val }) => val)).toEqual([2, 3, 4])
    const raw = await fetch(
      `${served.url ?? ''}/data/getData.raw?pv=lab:mode&from=${SECONDS0}&to=${SECONDS0 + 5}`,
    )
    const [chunk] = chunksIn(Buffer.from(await raw.arrayBuffer()))
    expect(chunk).toMatchObject({ type: 3, year: 2023, samples: [{ value: 0 }, { value: 1, severity: 2 }] })
  }, 120_000)
})
