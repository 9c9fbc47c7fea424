// The conformance of sinks and histories, on a file of JSON lines.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { JsonlStore } from 'node-pvxs/record'
import { storeConformance } from './store.js'

describe('a file of JSON lines', () => {
  storeConformance(
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-jsonl-'))
      const store = new JsonlStore(join(folder, 'store.jsonl'))
      return {
        sink: store,
        history: store,
        close: async () => {
          await store.close()
          await rm(folder, { recursive: true })
        },
      }
    },
    {
      types: [
        ...(['float64', 'float32', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32'] as const),
        ...(['uint64', 'bool', 'string', 'enum'] as const),
      ],
      nulls: true,
      nans: true,
      resolution: 1n,
      metadata: true,
    },
  )
})
