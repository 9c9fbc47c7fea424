import { expectTypeOf, it } from 'vitest'
import type { Server } from 'node-pvxs'
import { JsonlStore, serveHistory, type HistoryServer, type ServeHistoryOptions } from 'node-pvxs/record'

it('serveHistory takes any history, and tells where it listens', () => {
  const store = new JsonlStore('lab.jsonl')
  expectTypeOf(serveHistory(store)).toEqualTypeOf<Promise<HistoryServer>>()
  expectTypeOf(serveHistory(store, { http: { port: 0, host: '::1' }, maxSamples: 10 })).resolves.toExtend<
    AsyncDisposable & { readonly server: Server; readonly url: string | undefined }
  >()
  // @ts-expect-error a port is needed
  void serveHistory(store, { http: { host: '::1' } })
  // @ts-expect-error not a store
  void serveHistory({})
  expectTypeOf<ServeHistoryOptions['service']>().toEqualTypeOf<string | undefined>()
})
