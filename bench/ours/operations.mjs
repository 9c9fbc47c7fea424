// Our gets, puts and RPCs; arguments and output as bench/native/operations.cpp.

const begin = process.hrtime.bigint()
const { Context } = await import('../../dist/index.js')
const imported = process.hrtime.bigint()

import { args, line, only, stopwatch } from './shared.mjs'

const a = args({ server: '', what: 'get', inflight: 1, pvs: 100, bytes: 1_048_576, seconds: 3, warm: 0.5 })
const ctx = new Context(only(a.server))

const names = Array.from({ length: a.pvs }, (_, i) => `static:${i}`)
const list = a.what === 'array-put' ? Float64Array.from({ length: a.bytes / 8 }, (_, i) => i) : undefined
const start = {
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

if (a.what === 'first') {
  await ctx.get('static:0')
  // From the first line of this script, and from the start of the process, which C++ has nearly nothing of.
  line({
    ms: Number(process.hrtime.bigint() - begin) / 1e6,
    importMs: Number(imported - begin) / 1e6,
    processMs: performance.now(),
  })
} else {
  await run(a.warm, 2 * a.pvs) // every channel is there before it counts
  const elapsed = stopwatch()
  const operations = await run(a.seconds)
  line({ operations, ...elapsed(), failed })
}
await ctx.close()
process.exit(0)
