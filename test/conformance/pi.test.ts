// The conformance of PI's sink and history, on the simulator.
import { PiWebApi } from 'node-pvxs/pi'
import { piSimulator } from 'node-pvxs/testing'
import { storeConformance } from './store.js'

storeConformance(
  async () => {
    const sim = await piSimulator()
    const pi = new PiWebApi(sim.url)
    return {
      sink: pi.sink({ create: true }),
      history: pi.history(),
      close: async () => {
        await pi.close()
        await sim.close()
      },
    }
  },
  {
    // The other integers and booleans are Int32 or Float64 in PI, and come back as such.
    types: ['float64', 'float32', 'int32', 'string', 'enum'],
    nulls: false,
    resolution: 100n,
    metadata: false,
    severity: (severity) => (severity >= 3 ? 3 : severity >= 1 ? 1 : 0),
    name: (id) => id.replace('?', '_'),
  },
)
