// Our server that posts; arguments and output as bench/native/post_server.cpp.

import { NTScalar, Server, SharedPV } from '../../dist/index.js'
import { args, delta, line, lines, stopwatch } from './shared.mjs'

const a = args({ bytes: 0, rate: 0 })
const type = a.bytes
  ? new NTScalar('float64[]')
  : new NTScalar('float64', { display: true, control: true, valueAlarm: true, form: true })
const pv = SharedPV.readonly(type)
const server = await Server.start({ isolated: true, pvs: { 'post:0': pv } })
line({ tcp: server.tcpPort })

let posted = 0
const list = a.bytes ? Float64Array.from({ length: a.bytes / 8 }, (_, i) => i) : undefined
const post = list
  ? (n) => pv.post({ value: list, timeStamp: { secondsPastEpoch: 1_700_000_000n, userTag: n } })
  : (n) => pv.post(delta(n))

function flatOut() {
  const end = performance.now() + 1
  do post(++posted)
  while (performance.now() < end)
  setImmediate(flatOut)
}

function paced(start) {
  const due = Math.floor(((performance.now() - start) / 1000) * a.rate)
  while (posted < due) post(++posted)
  setTimeout(paced, 1, start)
}

const input = lines()
const first = await input.next()
if (!first.done) {
  if (a.rate > 0) paced(performance.now())
  else flatOut()
  let before = posted
  let elapsed = stopwatch()
  while (!(await input.next()).done) {
    line({ posted: posted - before, ...elapsed() })
    before = posted
    elapsed = stopwatch()
  }
}
await server.close()
process.exit(0)
