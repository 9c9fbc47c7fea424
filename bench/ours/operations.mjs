// Our gets, puts and RPCs; arguments and output as bench/native/operations.cpp.

const begin = process.hrtime.bigint()
const { Context } = await import('../../dist/index.js')
const imported = process.hrtime.bigint()

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import { args, line, only, stopwatch } from './shared.mjs'

const a = args({
  server: '',
  what: 'get',
  inflight: 1,
  pvs: 100,
  bytes: 1_048_576,
  seconds: 3,
  warm: 0.5,
  rate: 1000,
})
const ctx = new Context(only(a.server))

const names = Array.from({ length: a.pvs }, (_, i) => `static:${i}`)
const list = a.what === 'array-put' ? Float64Array.from({ length: a.bytes / 8 }, (_, i) => i) : undefined
let fresh = 0
const start = {
  'get-new': () => ctx.get(`new:${fresh++}`, { server: a.server }),
  get: (i) => ctx.get(names[i % a.pvs]),
  put: (i) => ctx.put(names[i % a.pvs], { value: i }),
  rpc: (i) => ctx.rpc('echo', { a: i, b: 'text' }),
  'array-get': () => ctx.get(`bytes:${a.bytes}`),
  'array-put': () => ctx.put(`bytes:${a.bytes}`, { value: list }),
}[a.what]

let failed = 0
async function run(seconds, least = 0) {
  let count = 0
  const end = performance.now() + seconds * 1000
  while (count < least || performance.now() < end) {
    if (a.inflight === 1) {
      await start(count)
    } else {
      const results = await Promise.allSettled(Array.from({ length: a.inflight }, (_, i) => start(i)))
      for (const r of results) if (r.status === 'rejected' && failed++ === 0) console.error(r.reason)
    }
    count += a.inflight
  }
  return count
}

/** Puts at a fixed rate, each until a monitor of the same process has its update. */
async function latency() {
  const starts = []
  const lags = []
  const sub = ctx.monitor('static:0', {
    onUpdate: ({ value }) => {
      if (starts[value] !== undefined) lags.push((performance.now() - starts[value]) * 1000)
    },
  })
  await ctx.get('static:0')
  const count = (a.warm + a.seconds) * a.rate
  const begin = performance.now()
  const puts = []
  for (let n = 0; n < count; await sleep(1)) {
    for (; n < count && performance.now() >= begin + (n * 1000) / a.rate; n++) {
      starts[n] = performance.now()
      puts.push(ctx.put('static:0', { value: n }))
    }
  }
  for (const { status } of await Promise.allSettled(puts)) if (status === 'rejected') failed++
  await sleep(200)
  await sub.close()
  lags.sort((x, y) => x - y)
  const at = (share) => lags[Math.floor(share * lags.length)]
  line({ p50: at(0.5), p99: at(0.99), lost: count - lags.length, failed })
}

if (a.what === 'latency') {
  await latency()
} else if (a.what === 'first') {
  await ctx.get('static:0')
  // From the first line of this script, and from the start of the process, which C++ has nearly nothing of.
  line({
    ms: Number(process.hrtime.bigint() - begin) / 1e6,
    importMs: Number(imported - begin) / 1e6,
    processMs: performance.now(),
  })
} else {
  await run(a.warm, 2 * a.pvs) // every channel is there before it counts
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const elapsed = stopwatch()
  const operations = await run(a.seconds)
  const spent = elapsed()
  delay.disable()
  line({ operations, ...spent, failed, loopP99: delay.percentile(99) / 1e6 })
}
await ctx.close()
process.exit(0)
