// @ts-check
// A recorder with a sink of your own: node examples/record/custom-sink.mjs
import { Context, NTScalar, Server, SharedPV } from 'node-pvxs'
import { Recorder } from 'node-pvxs/record'
import { SinkError } from 'node-pvxs/telemetry'

const pv = SharedPV.mailbox(new NTScalar('float64'), { value: 0 })
const server = await Server.start({ isolated: true, pvs: { 'lab:t': pv } })
const ctx = new Context(server.clientConfig())

let down = true // the first time the store is away: what it should have got comes again
const mine = {
  /** @param {readonly import('node-pvxs/telemetry').Sample[]} batch */
  async write(batch) {
    if (down) {
      down = false
      throw new SinkError('the store is away', { code: 'ERR_MINE', retryable: true })
    }
    for (const { series, value } of batch) console.log(series.id, value)
    return { written: batch.length, rejected: [] }
  },
  async close() {},
}

/** @type {import('node-pvxs/record').RecordConfig} */
const config = { pvs: ['lab:t'], sinks: { mine: { type: 'custom', batch: { linger: 0 } } } }
const recorder = await Recorder.start(config, { context: ctx, sinks: { mine } })
for (let i = 1; i <= 3; i++) {
  while (recorder.status().received < i) await new Promise((resolve) => setTimeout(resolve, 5))
  pv.post({ value: i })
}
while (recorder.status().received < 4) await new Promise((resolve) => setTimeout(resolve, 5))
await recorder.close()
await ctx.close()
await server.close()
