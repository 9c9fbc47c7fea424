// What the fake BTrDB does as a server: keys, TLS, faults, cuts, and what it tells of calls.
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { btrdbFake, type BtrdbFake } from 'node-pvxs/testing'
import { certificates, openssl } from '../certificates.js'
import { codeOf, raw, textOf, uuidOf, type Raw } from './raw.js'

const points = (count: number): { time: BigInt64Array; value: Float64Array } => ({
  time: BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
  value: Float64Array.from({ length: count }, (_, i) => i),
})
const everything = { start: 0n, end: 1n << 60n }

async function withStream(client: Raw, n = 1, count = 0): Promise<Buffer> {
  const uuid = uuidOf(n)
  await client.call('Create', { uuid, collection: 'lab', tags: [{ key: 'name', val: { value: `s${n}` } }] })
  if (count > 0) await client.call('Insert', { uuid, values: points(count) })
  return uuid
}

/** Until so many calls run: each of them says so when it is taken, and when it ends. */
async function until(fake: BtrdbFake, running: number): Promise<void> {
  while (fake.running !== running) await new Promise((resolve) => setImmediate(resolve))
}

describe('the fake BTrDB', () => {
  it('listens on a free port of the loopback interface, and is gone when it is closed', async () => {
    const fake = await btrdbFake()
    expect(fake.endpoint).toMatch(/^127\.0\.0\.1:\d+$/)
    using client = raw(fake)
    expect(await client.call('Info', {})).toMatchObject({ majorVersion: 5, minorVersion: 34 })
    await fake.close()
    await fake.close()
    await expect(client.call('Info', {})).rejects.toMatchObject({ code: 14 })
    const again = await btrdbFake({ port: Number(fake.endpoint.split(':')[1]) })
    expect(again.endpoint).toBe(fake.endpoint)
    await again.close()
  })

  it('refuses bad options by name', async () => {
    const bad: [object, string][] = [
      [{ prot: 4410 }, 'prot'],
      [{ port: 65_536 }, 'port'],
      [{ port: 1.5 }, 'port'],
      [{ apiKeys: 'key' }, 'apiKeys'],
      [{ version: 5 }, 'version'],
      [{ version: [5] }, 'version'],
      [{ pageSize: 0 }, 'pageSize'],
      [{ insertLimit: 0 }, 'insertLimit'],
      [{ platform: 1 }, 'platform'],
      [{ tls: { key: 'k' } }, 'tls'],
      [{ proxies: [1] }, 'proxies'],
    ]
    for (const [options, name] of bad)
      await expect(btrdbFake(options as never)).rejects.toMatchObject({
        code: 'ERR_PVA_ARGUMENT',
        message: expect.stringContaining(name) as string,
      })
  })

  it('rejects when the port is taken', async () => {
    await using fake = await btrdbFake()
    const port = Number(fake.endpoint.split(':')[1])
    await expect(btrdbFake({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('tells each call with its metadata and its request', async () => {
    await using fake = await btrdbFake()
    using client = raw(fake, { key: 'k' })
    const uuid = await withStream(client)
    await client.call('Insert', { uuid, values: points(2), mergePolicy: 3 })
    expect(fake.calls.map(({ rpc }) => rpc)).toEqual(['Create', 'Insert'])
    const [create, insert] = fake.calls
    expect(create?.metadata['authorization']).toBe('Bearer k')
    expect(create?.request).toMatchObject({
      uuid: textOf(1),
      collection: 'lab',
      tags: [{ key: 'name', val: { value: 's1' } }],
    })
    expect(insert?.request).toMatchObject({ uuid: textOf(1), values: points(2), mergePolicy: 3 })
    expect(fake.streams).toEqual([
      expect.objectContaining({ uuid: textOf(1), collection: 'lab', name: 's1', count: 2, version: 11n }),
    ])
    expect(fake.streams[0]?.points()).toEqual(points(2))
  })

  it('lets in who has one of its keys, and tells of the others', async () => {
    await using fake = await btrdbFake({ apiKeys: ['a', 'b'] })
    for (const key of ['a', 'b']) {
      using client = raw(fake, { key })
      expect((await client.call('Info', {})).majorVersion).toBe(5)
    }
    for (const options of [{}, { key: 'c' }, { key: '' }]) {
      using client = raw(fake, options)
      await expect(client.call('Info', {})).rejects.toMatchObject({ code: 16 })
      await expect(client.pages('ListCollections', {})).rejects.toMatchObject({ code: 16 })
    }
    expect(fake.calls).toHaveLength(8)
  })

  it.skipIf(openssl.missing)(
    openssl.named('speaks TLS, and asks for a certificate where it has an authority'),
    async () => {
      await using made = await certificates('127.0.0.1')
      const { ca, server, client: pair } = made
      await using fake = await btrdbFake({ tls: server })
      using client = raw(fake, { tls: { ca } })
      expect((await client.call('Info', {})).majorVersion).toBe(5)
      await using strict = await btrdbFake({ tls: { ...server, ca } })
      using stranger = raw(strict, { tls: { ca } })
      await expect(stranger.call('Info', {})).rejects.toMatchObject({ code: 14 })
      using known = raw(strict, { tls: { ca, ...pair } })
      expect((await known.call('Info', {})).majorVersion).toBe(5)
    },
  )

  it('counts the calls that run, also those that the client gave up', async () => {
    await using fake = await btrdbFake()
    using client = raw(fake)
    fake.fail('Nearest', { hang: true, times: 3 })
    const calls = [1, 2, 3].map(() => client.stream('Nearest', { uuid: uuidOf(1) }))
    for (const call of calls) call.on('error', () => undefined)
    await until(fake, 3)
    expect(fake.peakRunning).toBe(3)
    for (const call of calls) call.cancel()
    await until(fake, 0)
    expect(fake.peakRunning).toBe(3)
  })

  it('does not do what a client gave up meanwhile', async () => {
    await using fake = await btrdbFake()
    using client = raw(fake)
    const uuid = await withStream(client)
    fake.fail('Insert', { delay: 30 })
    fake.fail('Insert', { hang: true })
    for (let i = 0; i < 2; i++) {
      const call = client.stream('Insert', { uuid, values: points(1) })
      call.on('error', () => undefined)
      await until(fake, 1)
      call.cancel()
      await until(fake, 0)
    }
    // The third comes after whatever became of the others.
    fake.fail('Insert', { delay: 60 })
    expect(await client.call('Insert', { uuid, values: points(1) })).toMatchObject({ versionMajor: 11n })
  })

  it('stops making pages that nobody takes', async () => {
    await using fake = await btrdbFake({ pageSize: 1000 })
    using client = raw(fake)
    const uuid = await withStream(client, 1)
    // Windows of a long hole: they would be made for days.
    await client.call('Insert', {
      uuid,
      values: { time: BigInt64Array.of(0n, 1n << 60n), value: Float64Array.of(1, 2) },
    })
    const call = client.stream('Windows', { uuid, ...everything, end: (1n << 60n) + 1n, width: 1000n })
    call.on('error', () => undefined)
    await once(call, 'readable')
    call.cancel()
    await until(fake, 0)
    expect((await client.call('Info', {})).majorVersion).toBe(5)
  })

  it('forgets all when it is cleared', async () => {
    await using fake = await btrdbFake()
    using client = raw(fake)
    const uuid = await withStream(client)
    await client.call('Obliterate', { uuid })
    fake.fail('Create', { code: 426 })
    fake.clear()
    expect([fake.calls, fake.streams]).toEqual([[], []])
    expect(await client.code('Create', { uuid, collection: 'lab' })).toBe(0)
  })

  it('goes on when its connections were cut', async () => {
    await using fake = await btrdbFake()
    using client = raw(fake)
    await withStream(client)
    fake.fail('StreamInfo', { hang: true })
    const call = client.call('StreamInfo', { uuid: uuidOf(1) })
    await until(fake, 1)
    fake.drop()
    await expect(call).rejects.toMatchObject({ code: 14 })
    await until(fake, 0)
    expect(await client.code('StreamInfo', { uuid: uuidOf(1) })).toBe(0)
  })

  it('answers what cannot be read with an error of gRPC, and goes on', async () => {
    await using fake = await btrdbFake()
    using client = raw(fake)
    for (const bytes of [[0x0a, 0x7f, 1], [0x08, 1], [0xff], [0x1a, 3, 0x09, 0, 0]].map(
      Buffer.from.bind(Buffer),
    ) as Buffer[])
      await expect(
        new Promise((resolve, reject) => {
          const same = (b: Buffer): Buffer => b
          client.client.makeUnaryRequest('/v5api.BTrDB/Insert', same, same, bytes, (e, answer) =>
            e === null ? resolve(answer) : reject(e),
          )
        }),
      ).rejects.toMatchObject({ code: 13 })
    expect(fake.running).toBe(0)
    expect((await client.call('Info', {})).majorVersion).toBe(5)
  })

  it('does not know the calls of Arrow where it is older, nor the open service where it has none', async () => {
    await using fake = await btrdbFake({ version: [5, 29], platform: false })
    using client = raw(fake)
    await expect(client.pages('ArrowRawValues', {})).rejects.toMatchObject({ code: 12 })
    await expect(client.call('Platform', {})).rejects.toMatchObject({ code: 12 })
    await using without = await btrdbFake({ arrow: false })
    using other = raw(without)
    expect(await other.call('Info', {})).toMatchObject({ minorVersion: 29 })
    await using newer = await btrdbFake({ version: [6, 0] })
    using newest = raw(newer)
    expect(codeOf((await newest.pages('ArrowRawValues', { uuid: uuidOf(9), ...everything }))[0])).toBe(404)
  })
})

describe('a fault of the fake BTrDB', () => {
  it('meets so many calls, in the order in which faults were asked for', async () => {
    await using fake = await btrdbFake()
    using client = raw(fake)
    fake.fail('Info', { code: 426, message: 'busy', times: 2 })
    fake.fail('Info', { grpc: 'RESOURCE_EXHAUSTED' })
    expect(await client.call('Info', {})).toMatchObject({ stat: { code: 426, msg: 'busy' } })
    expect(await client.code('Info', {})).toBe(426)
    await expect(client.call('Info', {})).rejects.toMatchObject({ code: 8 })
    expect(await client.code('Info', {})).toBe(0)
  })

  it('is UNAVAILABLE where nothing else is said, and does not do what was asked', async () => {
    await using fake = await btrdbFake()
    using client = raw(fake)
    const uuid = await withStream(client)
    fake.fail('Insert')
    await expect(client.call('Insert', { uuid, values: points(1) })).rejects.toMatchObject({ code: 14 })
    expect(fake.streams[0]?.count).toBe(0)
  })

  it('comes after some pages, in the answer or as an error of gRPC', async () => {
    await using fake = await btrdbFake({ pageSize: 10 })
    using client = raw(fake)
    const uuid = await withStream(client, 1, 100)
    fake.fail('RawValues', { code: 405, afterPages: 3 })
    const pages = await client.pages('RawValues', { uuid, ...everything })
    expect(pages.map(codeOf)).toEqual([0, 0, 0, 405])
    expect(pages[2]?.values.time[9]).toBe(29n)
    fake.fail('RawValues', { grpc: 'UNAVAILABLE', afterPages: 2 })
    let got = 0
    const broken = (async () => {
      for await (const bytes of client.stream('RawValues', { uuid, ...everything }))
        got += (bytes as Buffer).length > 0 ? 1 : 0
    })()
    await expect(broken).rejects.toMatchObject({ code: 14 })
    expect(got).toBe(2)
    // More pages than there are: it comes at the end.
    fake.fail('RawValues', { code: 405, afterPages: 1000 })
    expect((await client.pages('RawValues', { uuid, ...everything })).map(codeOf)).toEqual([
      ...Array<number>(10).fill(0),
      405,
    ])
  })

  it('delays a call that then goes well', async () => {
    await using fake = await btrdbFake()
    using client = raw(fake)
    fake.fail('Info', { delay: 20 })
    const before = performance.now()
    expect(await client.code('Info', {})).toBe(0)
    expect(performance.now() - before).toBeGreaterThan(15)
  })

  it('is refused where it is not one', async () => {
    await using fake = await btrdbFake()
    expect(() => fake.fail('Inset')).toThrow(/Inset.*Insert/)
    for (const fault of [
      { code: 0 },
      { grpc: 'BROKEN' },
      { times: 0 },
      { delay: -1 },
      { afterPages: 0.5 },
      { often: 1 },
    ])
      expect(() => fake.fail('Insert', fault as never)).toThrow(Object.keys(fault)[0])
  })
})
