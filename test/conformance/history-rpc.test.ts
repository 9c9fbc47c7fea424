// The conformance of histories, on one that is served by RPC and read back: hist://SERVICE.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { JsonlStore, openStore, serveHistory } from 'node-pvxs/record'
import { loopback } from 'node-pvxs/testing'
import { storeConformance } from './store.js'

describe('a file of JSON lines behind RPC', () => {
  storeConformance(
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-hist-'))
      const store = new JsonlStore(join(folder, 'store.jsonl'))
      await store.open()
      const { server, ctx, close } = await loopback()
      const served = await serveHistory(store, { server })
      const { history } = await openStore('hist://hist', () => Promise.resolve(ctx))
      return {
        sink: store,
        history,
        close: async () => {
          await served.close()
          await close()
          await store.close()
          await rm(folder, { recursive: true })
        },
      }
    },
    {
      // An enum comes as its index, an int32.
      types: [
        ...(['float64', 'float32', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32'] as const),
        ...(['uint64', 'bool', 'string'] as const),
      ],
      nulls: true,
      nans: true,
      resolution: 1n,
      metadata: false,
    },
  )
})
