// Both ways: what the vendor's client for Python writes our client reads, and back, bit for bit.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BTrDB, pvUuid, type Points } from 'node-pvxs/btrdb'
import { btrdbFake, type BtrdbFake } from 'node-pvxs/testing'
import { clientOf } from '../device.js'
import { python, PYTHON_MS } from './python.js'

const PROTO = '5d1f0c4e-0000-4000-8000-000000000001'
const ARROW = '5d1f0c4e-0000-4000-8000-000000000002'
const everything = { from: -(16n << 56n), to: (48n << 56n) - 1n }

type Pairs = [time: string, bits: string][]

const bits = (value: number): string => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}
const pairs = ({ time, value }: Pick<Points, 'time' | 'value'>): Pairs =>
  Array.from(time, (at, i) => [String(at), bits(value[i] as number)])

describe('what the Python client writes', () => {
  let fake: BtrdbFake
  let db: BTrDB
  let written: { readonly points: Pairs; readonly annotations: Readonly<Record<string, unknown>> }
  beforeAll(async () => {
    fake = await btrdbFake()
    written = (await python('both.py', [fake.endpoint, 'write'])) as typeof written
    db = await BTrDB.connect({ endpoint: fake.endpoint, env: {}, home: '/nonexistent' })
  }, PYTHON_MS)
  afterAll(async () => {
    await db.close()
    await fake.close()
  })

  it.each(['proto', 'arrow'] as const)('is read bit for bit: %s', async (transport) => {
    const stream = await db.stream(`peers/python/${transport}`)
    expect(stream.uuid).toBe(transport === 'proto' ? PROTO : ARROW)
    for (const by of ['proto', 'arrow'] as const) {
      const read = pairs(await stream.rawValues(everything, { transport: by }))
      // Three points of one time are in the first stream, and nothing is merged by default there.
      expect(read.filter(([time]) => time !== '5')).toEqual(written.points)
      expect(read.filter(([time]) => time === '5').map(([, value]) => value)).toEqual(
        transport === 'proto' ? [1, 2, 1].map(bits) : [],
      )
    }
  })

  it('keeps its metadata', async () => {
    const stream = await db.stream('peers/python/proto')
    expect(stream).toMatchObject({ collection: 'peers/python', name: 'proto', unit: 'mm²' })
    expect(stream.annotations).toEqual(written.annotations)
    expect(await db.listCollections()).toEqual(['peers/python'])
  })
})

describe('what our client writes', () => {
  it(
    'is read bit for bit, with its metadata',
    async () => {
      await using fake = await btrdbFake()
      const db = await clientOf(fake, { insertBatch: 1000 })
      const special = [-0, 5e-324, -Number.MAX_VALUE, 0.1, 0, 1 / 3]
      const time = BigInt64Array.from(
        { length: 12_345 },
        (_, i) => BigInt(i) * 1_000_000_001n - 7_000_000_000n,
      )
      const value = Float64Array.from(time, (_, i) => (i % 2 === 1 ? (special[i % 6] as number) : i / 7))
      // Each as it was given: their reader drops what is `5` or `a"b` when it stands bare.
      const annotations = {
        five: '5',
        yes: 'true',
        quote: 'a"b',
        object: { a: [1, null] },
        n: 1.5,
        plain: 'x y',
      }
      for (const transport of ['proto', 'arrow'] as const) {
        const uuid = pvUuid(transport)
        const stream = await db.create(uuid, 'peers/node', { name: transport, unit: 'V' }, annotations)
        await stream.insert({ time, value }, { transport })
      }
      const said = (await python('both.py', [fake.endpoint, 'read'])) as Record<
        string,
        Record<string, unknown>
      >
      for (const name of ['proto', 'arrow']) {
        const windows = await db
          .streamFromUuid(pvUuid(name))
          .alignedWindows({ from: -8_000_000_000n, to: 8_000_000_000n }, 30)
        expect(said[name]).toMatchObject({
          collection: 'peers/node',
          uuid: pvUuid(name),
          tags: { name, unit: 'V' },
          annotations,
          points: pairs({ time, value }),
          arrow: pairs({ time, value }),
          count: time.length,
          windows: Array.from(windows.time, (at, i) => [
            String(at),
            bits(windows.mean[i] as number),
            Number(windows.count[i]),
          ]),
        })
      }
    },
    PYTHON_MS,
  )

  it(
    'goes by the name of a PV as Python makes it',
    async () => {
      const code = `import json, sys, uuid; print(json.dumps([str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_DNS, 'node-pvxs'), name)) for name in json.loads(sys.argv[1])]))`
      const names = ['lab:temperature', 'ż:1', 'a b']
      expect(await python('-c', [code, JSON.stringify(names)])).toEqual(names.map((name) => pvUuid(name)))
      expect(pvUuid('lab:temperature')).toBe('d4e9c1b6-ffa7-5e6b-a24b-1f082efaa502')
    },
    PYTHON_MS,
  )
})
