// Copies a stream into another server, page by page: it may have any number of points.
//   node examples/btrdb-copy.mjs
import { BTrDB, MAXIMUM_TIME, MINIMUM_TIME, pvUuid } from 'node-pvxs/btrdb'
import { btrdbFake } from 'node-pvxs/testing'

const here = await btrdbFake()
const there = await btrdbFake()
const from = await BTrDB.connect({ endpoint: here.endpoint })
const to = await BTrDB.connect({ endpoint: there.endpoint })

const uuid = pvUuid('demo:ramp')
const source = await from.create(uuid, 'demo', { name: 'ramp', unit: 'V' }, { site: 'north' })
const time = BigInt64Array.from({ length: 100_000 }, (_, i) => BigInt(i) * 1_000_000n)
await source.insert({ time, value: Float64Array.from(time, Number) })

// Of one version, so that the copy is of one moment.
const pinned = source.pin(await source.flush())
const { collection = '', tags, annotations } = await from.stream(uuid)
const copy = await to.create(uuid, collection, tags, annotations)
let pages = 0
for await (const page of pinned.rawValuesIter({ from: MINIMUM_TIME, to: MAXIMUM_TIME })) {
  await copy.insert(page)
  pages++
}
console.log(`${await copy.count()} points in ${pages} pages`)

await Promise.all([from, to, here, there].map((one) => one.close()))
