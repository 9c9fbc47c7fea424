// The conformance of sinks and histories, on InfluxDB in both layouts.
import { afterAll, beforeAll, describe, it } from 'vitest'
import { InfluxDB } from 'node-pvxs/influx'
import { influxServers, type TestServer } from '../influx/servers.js'
import { storeConformance, type StoreAbilities } from './store.js'

const can: StoreAbilities = {
  types: [
    ...(['float64', 'float32', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32'] as const),
    ...(['uint64', 'bool', 'string', 'enum'] as const),
  ],
  nulls: true,
  resolution: 1n,
  metadata: true,
}

for (const one of influxServers) {
  if (one.need.missing) it.skip(one.name)
  else describe(one.name, () => onServer(() => one.start()))
}

function onServer(start: () => Promise<TestServer>): void {
  let server: TestServer
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  describe.each(['tag', 'measurement'] as const)('layout %s', (layout) => {
    storeConformance(async () => {
      const db = new InfluxDB({ url: server.url, database: `conformance_${layout}` })
      await db.createDatabase()
      return { sink: db.sink({ layout }), history: db.history({ layout }), close: () => db.close() }
    }, can)
  })
}
