// What the messages cost without a network: ns of processor time for a point out, a point in, a window in.
//   node bench/btrdb/codec.mjs [folder of the compiled library, by default build/js]
import { library, measure } from '../micro/measure.mjs'

const { loadCodec } = await library('btrdb/wire/index.js')
const codec = await loadCodec()
const LENGTH = 5000
const time = BigInt64Array.from({ length: LENGTH }, (_, i) => BigInt(i) * 1_000_003n + 1n)
const value = Float64Array.from(time, (_, i) => i / 7 + 1)
const count = BigUint64Array.from(time, () => 16n)
const windows = { time, min: value, mean: value, max: value, count, stddev: value }
const points = codec.encode('RawValuesAnswer', { versionMajor: 7n, values: { time, value } })
const pages = codec.encode('AlignedWindowsAnswer', { versionMajor: 7n, values: windows })
const uuid = new Uint8Array(16).fill(1)
const each = (work) =>
  measure((n) => {
    for (let i = 0; i < n; i += LENGTH) work()
  })

console.log(
  JSON.stringify({
    pointOut: each(() => codec.encode('InsertRequest', { uuid, values: { time, value } })),
    pointIn: each(() => codec.decode('RawValuesAnswer', points)),
    windowIn: each(() => codec.decode('AlignedWindowsAnswer', pages)),
  }),
)
