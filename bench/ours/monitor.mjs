// Our monitor client; arguments and output as bench/native/consumer.cpp, and `form`: await, batches, callback, or stream
// for one managed stream over all PVs, with a handler that does nothing; samples for one whose samples a Batcher delivers.
// With --idle 1 it measures memory: so many subscriptions, one update each, then nothing.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import { Context } from '../../dist/index.js'
import { ManagedStream, pvSource } from '../../dist/stream/index.js'
import { Batcher, samples } from '../../dist/telemetry/index.js'
import { args, line, only, stopwatch, threads } from './shared.mjs'

const a = args({
  server: '',
  name: 'load:',
  pvs: 1,
  queue: 0,
  pipeline: 0,
  seconds: 3,
  warm: 0.3,
  form: 'await',
  array: 0,
  idle: 0,
  delay: 1, // measured by a timer of a millisecond, which costs what a row of processor time should not count
})
const array = a.array === 1 || a.name.startsWith('array:')

let counting = false
let waiting = a.pvs
let everyone
const ready = new Promise((resolve) => (everyone = resolve))

class Watcher {
  updates = 0
  lost = 0
  bytes = 0
  #last = -1
  #seen = false

  take(v) {
    let n
    if (array) {
      n = v.timeStamp.userTag
      if (counting) this.bytes += v.value.byteLength
    } else {
      n = v.value
    }
    if (v.timeStamp.secondsPastEpoch === 0n && counting) throw new Error('an update without time')
    if (!this.#seen) {
      this.#seen = true
      if (--waiting === 0) everyone()
    } else if (counting && n > this.#last) {
      this.lost += n - this.#last - 1
    }
    this.#last = n
    if (counting) this.updates++
  }

  async run(ctx, name) {
    if (a.form === 'callback') {
      this.sub = ctx.monitor(name, { ...options, onUpdate: (v) => this.take(v) })
    } else if (a.form === 'batches') {
      this.sub = ctx.monitor(name, options)
      for await (const batch of this.sub.batches()) for (const v of batch) this.take(v)
    } else {
      this.sub = ctx.monitor(name, options)
      for await (const v of this.sub) this.take(v)
    }
  }
}

const options = { ...(a.queue ? { queueSize: a.queue } : {}), ...(a.pipeline ? { pipeline: true } : {}) }

async function runStream(ctx) {
  const byName = new Map(watchers.map((w, i) => [a.name + String(i), w]))
  const stream = new ManagedStream(pvSource(ctx, options), { handler: (update) => update })
  await stream.start([...byName.keys()], { timeout: 60_000 })
  for await (const batch of stream.batches()) {
    for (const { name, value } of batch) byName.get(name).take(value)
  }
}

/** Monitors, samples, Batcher, and a sink that looks at each value and its time. */
async function runSamples(ctx) {
  const byName = new Map(watchers.map((w, i) => [a.name + String(i), w]))
  const stream = new ManagedStream(pvSource(ctx, options), { handler: samples() })
  const batcher = new Batcher({
    async write(batch) {
      for (const { series, time, value } of batch)
        byName.get(series.id).take({ value, timeStamp: { secondsPastEpoch: time } })
      return { written: batch.length, rejected: [] }
    },
    async close() {},
  })
  await stream.start([...byName.keys()], { timeout: 60_000 })
  for await (const batch of stream.batches()) await batcher.push(batch)
}

const settle = async () => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await sleep(50)
  }
  return process.memoryUsage().rss
}

const before = a.idle ? await settle() : 0
const ctx = new Context(only(a.server))
const watchers = Array.from({ length: a.pvs }, () => new Watcher())
const failed = (e) => {
  console.error(e)
  process.exit(1)
}
if (a.form === 'stream') runStream(ctx).catch(failed)
else if (a.form === 'samples') runSamples(ctx).catch(failed)
else for (const [i, w] of watchers.entries()) w.run(ctx, a.name + String(i)).catch(failed)
await ready

if (a.idle) {
  line({ subscriptions: a.pvs, kb: ((await settle()) - before) / 1024 })
  process.exit(0)
}

await sleep(a.warm * 1000)
line({ ready: true })
const delay = monitorEventLoopDelay({ resolution: 1 })
if (a.delay) delay.enable()
const elapsed = stopwatch()
const ran = threads()
counting = true
await sleep(a.seconds * 1000)
counting = false
const spent = { ...elapsed(), ...ran() }
delay.disable()
const sum = (field) => watchers.reduce((total, w) => total + w[field], 0)
line({
  updates: sum('updates'),
  ...spent,
  lost: sum('lost'),
  bytes: sum('bytes'),
  squashed: watchers.reduce((total, w) => total + (w.sub?.stats.squashedByClient ?? 0), 0),
  loopP99: a.delay ? delay.percentile(99) / 1e6 : undefined,
  rss: process.memoryUsage().rss / 1024,
})
const closed = process.hrtime.bigint()
await ctx.close()
line({ closed: Number(process.hrtime.bigint() - closed) / 1e6 })
process.exit(0)
