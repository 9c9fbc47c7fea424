// BTrDB as the store of a recorder: it may be away when the recorder starts, and at any time later.
import { describe, expect, it, onTestFinished } from 'vitest'
import { btrdbStore, pvUuid, type BTrDBStore, type BTrDBStoreOptions } from 'node-pvxs/btrdb'
import { SinkError, type Sample, type Series } from 'node-pvxs/telemetry'
import { freePort } from '../ports.js'
import { collected, failure, fakeOf, NOWHERE, until } from './device.js'

const T = 1_700_000_000_000_000_000n
const RANGE = { from: T, to: T + 1000n }
const series: Series = { id: 'lab:t', type: 'float64', units: 'K' }
const sample = (i: number): Sample => ({ series, time: T + BigInt(i), value: i, severity: 0 })

async function storeOf(options: BTrDBStoreOptions): Promise<BTrDBStore> {
  const store = await btrdbStore({ ...NOWHERE, retry: false, ...options })
  onTestFinished(() => store.close())
  return store
}

describe('a store', () => {
  it('connects when it is used first, once, and gives back what it was given', async () => {
    const fake = await fakeOf()
    const { sink, history } = await storeOf({ endpoint: fake.endpoint, root: 'x', severity: true })
    expect(fake.calls).toEqual([])
    await Promise.all([sink.write([sample(1)]), sink.write([sample(2)])])
    expect(fake.calls.filter(({ rpc }) => rpc === 'Info')).toHaveLength(1)
    expect(fake.streams.find(({ uuid }) => uuid === pvUuid('lab:t'))?.collection).toBe('x/lab')
    const read = (await collected(history.read('lab:t', RANGE))).flat()
    expect(read.map(({ value }) => value)).toEqual([1, 2])
    expect((await history.at(['lab:t'], T + 9n))[0]?.value).toBe(2)
    expect((await collected(history.find('lab:*'))).map(({ id }) => id)).toEqual(['lab:t'])
    const [window] = (await collected(history.windows('lab:t', RANGE, 1024n))).flat()
    expect(window?.count).toBe(2)
  })

  it('is there when its server comes later', async () => {
    const port = await freePort()
    const store = await storeOf({ endpoint: `127.0.0.1:${port}`, flush: 'never' })
    const error = (await failure(store.sink.write([sample(1)]))) as unknown as SinkError
    expect(error).toBeInstanceOf(SinkError)
    expect(error).toMatchObject({ retryable: true, code: 'ERR_BTRDB_CONNECT' })
    expect(await failure(store.history.at(['lab:t'], T))).toMatchObject({ code: 'ERR_BTRDB_CONNECT' })
    const fake = await fakeOf({ port })
    expect(await store.sink.write([sample(1)])).toEqual({ written: 1, rejected: [] })
    expect(fake.streams).toHaveLength(1)
  })

  it('makes what was written durable when it is closed, and is closed for good', async () => {
    const fake = await fakeOf()
    const store = await storeOf({ endpoint: fake.endpoint })
    await store.sink.write([sample(1)])
    await store.sink.close()
    await store.close()
    expect(fake.calls.at(-1)?.rpc).toBe('Flush')
    expect(await failure(store.sink.write([sample(2)]))).toMatchObject({ code: 'ERR_BTRDB_CLOSED' })
    const unused = await storeOf({ endpoint: fake.endpoint })
    await unused.close()
    for (const work of [unused.sink.write([sample(2)]), unused.history.at(['lab:t'], T)])
      expect(await failure(work)).toMatchObject({ code: 'ERR_BTRDB_CLOSED' })
  })

  it('gives up to connect when it is closed, or when the signal of a write fires', async () => {
    const fake = await fakeOf()
    fake.fail('Info', { hang: true, times: Infinity })
    const store = await storeOf({ endpoint: fake.endpoint })
    const stop = new AbortController()
    const reason = new Error('enough')
    const first = store.sink.write([sample(1)], { signal: stop.signal })
    const second = failure(store.sink.write([sample(1)]))
    await until(() => fake.running === 1)
    stop.abort(reason)
    await expect(first).rejects.toBe(reason)
    await store.close()
    expect(await second).toMatchObject({ code: 'ERR_BTRDB_CLOSED' })
    await until(() => fake.running === 0)
  })

  it.each([
    ['an option that there is not', { endpont: 'h:1' }, 'ERR_BTRDB_ARGUMENT'],
    ['a bad endpoint', { endpoint: 'h' }, 'ERR_BTRDB_ARGUMENT'],
    ['a bad option of the sink', { endpoint: 'h:1', merge: 'REPLACE' }, 'ERR_BTRDB_ARGUMENT'],
    ['no endpoint', {}, 'ERR_BTRDB_CREDENTIALS'],
    ['a profile that is nowhere', { profile: 'x' }, 'ERR_BTRDB_CREDENTIALS'],
    ['what is not an object', 5, 'ERR_BTRDB_ARGUMENT'],
  ])('of %s is refused before anything is written', async (_, options, code) => {
    const given = typeof options === 'object' ? { ...NOWHERE, ...options } : options
    expect(await failure(btrdbStore(given as BTrDBStoreOptions))).toMatchObject({ code })
  })
})
