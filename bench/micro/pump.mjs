// The JavaScript half of the way in, without the addon: slabs of records prepared beforehand go through the inbox to sinks.
// What it costs to carry a record, and to carry and decode it. The native half is build/bench/pump.
//   node bench/micro/pump.mjs [folder of the compiled library, by default build/js]

import { library, report } from './measure.mjs'

const { DecodePlan, Writer, encodeChanged } = await library('data/index.js')
const { Inbox } = await library('native/inbox.js')
const { TypeTable } = await library('native/type-table.js')
const { NTScalar } = await library('nt/index.js')

const PVS = 100
const SLAB = 65_536
const HEAD = 16
const UPDATE = 2
const TYPE = 7
const SLABS = 1500

const type = new NTScalar('float64', { display: true, control: true, valueAlarm: true, form: true })
const delta = type.create({
  value: 1.5,
  timeStamp: { secondsPastEpoch: 1_700_000_000n, nanoseconds: 123_456_789 },
})

/** A slab full of updates of that value, each for the next PV. */
function slabOf(value) {
  const w = new Writer()
  encodeChanged(w, value)
  const content = w.bytes()
  const slab = new ArrayBuffer(SLAB)
  const dv = new DataView(slab)
  const step = (HEAD + content.length + 7) & ~7
  let records = 0
  for (let at = 0; at + step <= SLAB; at += step, records++) {
    dv.setUint32(at, UPDATE, true)
    dv.setUint32(at + 4, content.length, true)
    dv.setUint32(at + 8, (records % PVS) + 1, true)
    dv.setUint32(at + 12, TYPE, true)
    new Uint8Array(slab).set(content, at + HEAD)
  }
  return { slab, records, bytes: records * step }
}

/** Nanoseconds of processor time per record. */
async function pump({ slab, records, bytes }, makeSink) {
  let left = 0
  let done
  const addon = {
    take() {
      if (left-- > 0) return bytes // of slab 0
      done()
      return -2
    },
    give() {},
    takeExternal() {
      throw new Error('no arrays here')
    },
  }
  const types = new TypeTable()
  types.plan = () => plan
  const fail = (error) => {
    throw error
  }
  const inbox = new Inbox(addon, types, [slab], fail, () => true)
  for (let id = 1; id <= PVS; id++) inbox.add(id, makeSink())
  let best = Infinity
  for (let round = 0; round < 5; round++) {
    left = SLABS
    const begin = process.cpuUsage()
    await new Promise((resolve) => {
      done = resolve
      inbox.wake()
    })
    const { user, system } = process.cpuUsage(begin)
    best = Math.min(best, ((user + system) * 1000) / (SLABS * records))
  }
  return best
}

const plan = DecodePlan.of(type.build())
let kept
const idle = () => ({ record() {} })
const decoding = () => {
  let last = null
  return {
    record(record) {
      kept = last = record.value(record.plan, last)
    },
  }
}

const some = slabOf(delta)
report('a record to its sink', await pump(some, idle))
report('a record of 3 changed leaves, decoded and frozen', await pump(some, decoding))
const whole = type.create()
for (const path of Object.keys(whole)) whole.$mark(path)
report('a record of a whole NTScalar, decoded and frozen', await pump(slabOf(whole), decoding))
process.exit(kept === undefined ? 1 : 0)
