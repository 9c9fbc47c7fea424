// One row of bench/record in a process of its own: node [--expose-gc] ours.mjs ROW [COUNT | NAMES PORT SECONDS URL]
// Prints a line of JSON with what it did, in wall time and in processor time of this process alone.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Context, NTTable, Server } from '../../dist/index.js'
import { JsonlStore, Recorder, serveHistory } from '../../dist/record/index.js'
import { ManagedStream, pvSource } from '../../dist/stream/index.js'
import { pipe } from '../../dist/telemetry/index.js'

const [row, ...args] = process.argv.slice(2)
const T0 = 1_700_000_000_000_000_000n

const counting = () => {
  const sink = {
    samples: 0,
    write: async (batch) => {
      sink.samples += batch.length
      return { written: batch.length, rejected: [] }
    },
    close: async () => {},
  }
  return sink
}

const seconds = (cpu) => (cpu.user + cpu.system) / 1e6
const rss = () => {
  global.gc?.()
  return process.memoryUsage.rss()
}

/** Measures some work that says how many samples it was. */
async function measured(work) {
  const memory = rss()
  let most = memory
  const look = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20)
  const cpu = process.cpuUsage()
  const start = performance.now()
  const count = await work()
  const wall = (performance.now() - start) / 1_000
  clearInterval(look)
  most = Math.max(most, process.memoryUsage.rss())
  return { count, seconds: wall, cpu: seconds(process.cpuUsage(cpu)), megabytes: (most - memory) / 2 ** 20 }
}

// --- history ---

async function fileOf(count, path) {
  const store = new JsonlStore(path)
  const series = { id: 'lab:t', type: 'float64', units: 'C' }
  for (let i = 0; i < count; i += 10_000)
    await store.write(
      Array.from({ length: Math.min(10_000, count - i) }, (_, k) => ({
        series,
        time: T0 + BigInt(i + k) * 1_000_000n,
        value: Math.sin((i + k) / 1_000),
        severity: 0,
        status: 0,
      })),
    )
  await store.close()
  return store
}

const RANGE = { from: T0, to: T0 + 10_000_000n * 1_000_000n }

const histories = {
  async store({ store }) {
    let count = 0
    for await (const batch of store.read('lab:t', RANGE)) count += batch.length
    return count
  },
  async rpc({ ctx }) {
    const table = await ctx.rpc('hist', { pv: 'lab:t', ...RANGE }, { timeout: Infinity })
    return NTTable.from(table).columns.length > 0 ? table.value.values.length : 0
  },
  async raw({ url }) {
    const response = await fetch(`${url}/data/getData.raw?pv=lab:t&from=${RANGE.from}&to=${RANGE.to}`)
    let lines = -1 // the first is no sample
    for await (const part of response.body) for (const byte of part) if (byte === 10) lines++
    return lines
  },
}

async function history(kind, count) {
  const folder = mkdtempSync(join(tmpdir(), 'node-pvxs-bench-'))
  const server = await Server.start({ isolated: true })
  const ctx = new Context(server.clientConfig())
  try {
    const store = await fileOf(count, join(folder, 'lab.jsonl'))
    const served = await serveHistory(store, {
      server,
      http: { port: 0 },
      timeout: 600_000,
      maxSamples: count,
    })
    const result = await measured(() => histories[kind]({ store, ctx, url: served.url }))
    await served.close()
    return result
  } finally {
    await ctx.close()
    await server.close()
    rmSync(folder, { recursive: true })
  }
}

// --- recording, from a server of another process ---

async function recording(kind, names, port, time, url) {
  const ctx = new Context({
    useEnv: false,
    autoAddressList: false,
    nameServers: [`127.0.0.1:${port}`],
    addressList: [],
  })
  const sink = counting()
  const pvs = Array.from({ length: names }, (_, i) => `rate:${i}`)
  const folder = mkdtempSync(join(tmpdir(), 'node-pvxs-bench-'))
  const stop = await starting(kind, ctx, pvs, sink, folder, url)
  while (sink.samples < names) await new Promise((resolve) => setTimeout(resolve, 50))
  const before = sink.samples
  const result = await measured(async () => {
    await new Promise((resolve) => setTimeout(resolve, time * 1_000))
    return sink.samples - before
  })
  await stop()
  await ctx.close()
  rmSync(folder, { recursive: true })
  return result
}

async function starting(kind, ctx, pvs, sink, folder, url) {
  if (kind === 'bare') {
    const stream = new ManagedStream(pvSource(ctx, { connect: 'none' }))
    await stream.start(pvs)
    const piped = pipe(stream.batches(), sink)
    return async () => {
      await stream.stop()
      await piped
    }
  }
  if (kind === 'influx') {
    const sinks = { db: { type: 'influx', url, database: 'ours' } }
    const recorder = await Recorder.start({ pvs, sinks }, { context: ctx })
    Object.defineProperty(sink, 'samples', { get: () => recorder.status().sinks.db.written })
    return () => recorder.close()
  }
  const spool = kind === 'spool' ? { spool: { dir: folder } } : {}
  const recorder = await Recorder.start(
    { pvs, sinks: { one: { type: 'custom' } }, ...spool },
    { context: ctx, sinks: { one: sink } },
  )
  return () => recorder.close()
}

/** How long it takes until a PV that is added has its first sample, and what the others lose meanwhile. */
async function adding(names) {
  const { NTScalar, SharedPV } = await import('../../dist/index.js')
  const type = new NTScalar('int32')
  const pvs = Object.fromEntries(
    Array.from({ length: names + 1 }, (_, i) => [`load:${i}`, SharedPV.mailbox(type, i)]),
  )
  const server = await Server.start({ isolated: true, pvs })
  const ctx = new Context(server.clientConfig())
  const seen = new Map()
  let added
  const sink = {
    write: async (batch) => {
      for (const { series, value } of batch) {
        if (series.id === `load:${names}`) added?.()
        seen.set(series.id, [...(seen.get(series.id) ?? []), value])
      }
      return { written: batch.length, rejected: [] }
    },
    close: async () => {},
  }
  const recorder = await Recorder.start(
    {
      pvs: Array.from({ length: names }, (_, i) => `load:${i}`),
      sinks: { one: { type: 'custom', batch: { linger: 0 } } },
    },
    { context: ctx, sinks: { one: sink } },
  )
  while (seen.size < names) await new Promise((resolve) => setTimeout(resolve, 50))
  const result = await measured(async () => {
    const there = new Promise((resolve) => (added = resolve))
    const posting = setInterval(() => pvs['load:0'].post({ value: (seen.get('load:0').at(-1) ?? 0) + 1 }), 5)
    await recorder.update({ add: [`load:${names}`] })
    await there
    clearInterval(posting)
    return names
  })
  const again = [...seen].filter(([id, values]) => id !== 'load:0' && values.length !== 1).length
  await recorder.close()
  await ctx.close()
  await server.close()
  return { ...result, again }
}

const rows = {
  'history store': () => history('store', Number(args[0])),
  'history rpc': () => history('rpc', Number(args[0])),
  'history raw': () => history('raw', Number(args[0])),
  'record bare': () => recording('bare', ...args.map(Number)),
  'record policies': () => recording('recorder', ...args.map(Number)),
  'record spool': () => recording('spool', ...args.map(Number)),
  'record influx': () => recording('influx', ...args.slice(0, 3).map(Number), args[3]),
  'add one': () => adding(Number(args[0])),
}
console.log(JSON.stringify(await rows[row]()))
process.exit(0)
