// The conformance of sinks and histories, on the fake BTrDB.
import { describe } from 'vitest'
import { BTrDB } from 'node-pvxs/btrdb'
import { btrdbFake } from 'node-pvxs/testing'
import { storeConformance, type StoreAbilities } from './store.js'

const can: StoreAbilities = {
  types: ['float64', 'float32', 'int8', 'int16', 'int32', 'uint8', 'uint16', 'uint32', 'bool', 'enum'],
  nulls: false,
  resolution: 1n,
  // A stream has one unit, and not one for each point.
  metadata: false,
}

describe.each(['proto', 'arrow'] as const)('transport %s', (transport) => {
  storeConformance(async () => {
    const fake = await btrdbFake()
    const db = await BTrDB.connect({ endpoint: fake.endpoint, env: {}, home: '/nonexistent', transport })
    return {
      sink: db.sink({ severity: true }),
      history: db.history(),
      close: async () => {
        await db.close()
        await fake.close()
      },
    }
  }, can)
})
