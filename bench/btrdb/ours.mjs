// One measurement of our client in a process of its own: node ours.mjs ROW ENDPOINT. Prints { seconds, cpu, … } as JSON.
import { randomUUID } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { Client, credentials } from '@grpc/grpc-js'
import { BTrDB } from 'node-pvxs/btrdb'
import { columnsOf, COUNT, POINT_WIDTH, RANGE, STEP, UUIDS } from './data.mjs'

const [row = '', endpoint = ''] = process.argv.slice(2)
const NEAREST = 500
const MANY = 3000

/** So many calls, never more than `most` of them at once. */
async function atOnce(count, most, call) {
  let next = 0
  const worker = async () => {
    while (next < count) await call(next++)
  }
  await Promise.all(Array.from({ length: most }, worker))
}

/** The same call without a client: the request's bytes go out, the answer's are not read. */
function bareNearest() {
  const client = new Client(endpoint, credentials.createInsecure())
  const same = (bytes) => bytes
  const call = (i) =>
    new Promise((resolve, reject) => {
      const request = Buffer.alloc(27)
      request.set([0x0a, 16])
      Buffer.from(UUIDS.points.replaceAll('-', ''), 'hex').copy(request, 2)
      request[18] = 0x11
      request.writeBigInt64LE(BigInt(i) * STEP, 19)
      client.makeUnaryRequest('/v5api.BTrDB/Nearest', same, same, request, (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      )
    })
  return { call, close: () => client.close() }
}

/** Both in one process and in turns: they differ by less than two processes do on a busy machine. */
async function besideBare(count, most) {
  return withClient({}, async (_, stream) => {
    const bare = bareNearest()
    const calls = { ours: (i) => stream.nearest(BigInt(i) * STEP), bare: bare.call }
    const runs = { ours: [], bare: [] }
    for (let round = 0; round < 11; round++)
      for (const [side, call] of Object.entries(calls)) {
        const one = await once(() => atOnce(count, most, call))
        if (round > 1) runs[side].push(one)
      }
    bare.close()
    const middle = (side, key) =>
      runs[side].map((run) => run[key]).sort((a, b) => a - b)[runs[side].length >> 1]
    const of = (side) => ({ count, seconds: middle(side, 'seconds'), cpu: middle(side, 'cpu') })
    return { ours: of('ours'), bare: of('bare') }
  })
}

async function once(work) {
  const cpu = process.cpuUsage()
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, cpu: (user + system) / 1e6 }
}

async function timed(work, count, rounds = 5) {
  // Everything is compiled and connected before the clock runs.
  for (let i = 0; i < 2; i++) await work()
  let best = { seconds: Infinity, cpu: Infinity, count }
  for (let i = 0; i < rounds; i++) {
    globalThis.gc?.()
    const { seconds, cpu } = await once(work)
    best = { count, seconds: Math.min(best.seconds, seconds), cpu: Math.min(best.cpu, cpu) }
  }
  return best
}

async function withClient(options, work) {
  const db = await BTrDB.connect({
    endpoint,
    env: {},
    home: '/nonexistent',
    concurrencyLimit: 100,
    ...options,
  })
  try {
    return await work(db, db.streamFromUuid(UUIDS.points))
  } finally {
    await db.close()
  }
}

const insert = (transport) => () =>
  withClient({ transport }, async (db) => {
    const columns = columnsOf(COUNT)
    return timed(async () => {
      const stream = await db.create(randomUUID(), 'bench/new', { name: randomUUID() })
      await stream.insert(columns, { merge: 'never' })
    }, COUNT)
  })

const read = (transport) => () =>
  withClient({ transport }, (_, stream) =>
    timed(async () => {
      const { length } = await stream.rawValues(RANGE)
      if (length !== COUNT) throw new Error(`${length} points`)
    }, COUNT),
  )

/** The most that resident memory grows by, while points go by. */
async function memory() {
  return withClient({}, async (db) => {
    const stream = db.streamFromUuid(UUIDS.many)
    const pass = async (to) => {
      let points = 0
      for await (const page of stream.rawValuesIter({ from: 0n, to })) points += page.length
      return points
    }
    // What any read needs, of which there is one: code, buffers of the connection, a young heap that has grown.
    await pass(200_000n)
    globalThis.gc?.()
    const before = process.memoryUsage.rss()
    let most = before
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20)
    const points = await pass(5_000_000n)
    clearInterval(watch)
    if (points !== 5_000_000) throw new Error(`${points} points`)
    return { megabytes: (most - before) / 1e6 }
  })
}

/** Bytes that a server sends for a plot, counted on the wire. */
async function plotBytes() {
  let bytes = 0
  const relay = createServer((socket) => {
    const at = endpoint.lastIndexOf(':')
    const there = connect(Number(endpoint.slice(at + 1)), endpoint.slice(0, at))
    there.on('data', (part) => (bytes += part.length))
    there.pipe(socket).pipe(there)
    for (const one of [socket, there]) one.on('error', () => undefined)
  })
  await new Promise((resolve) => relay.listen(0, '127.0.0.1', resolve))
  const through = `127.0.0.1:${relay.address().port}`
  return withClient({ endpoint: through }, async (db) => {
    const stream = db.streamFromUuid(UUIDS.million)
    const of = async (points) => {
      const before = bytes
      const { kind } = await db.plot(stream, { from: 0n, to: points * 1000n }, 1200)
      if (kind !== 'windows') throw new Error(kind)
      return bytes - before
    }
    const result = { whole: await of(1_000_000n), tenth: await of(100_000n) }
    relay.close()
    return result
  })
}

const rows = {
  insert: insert('proto'),
  'insert arrow': insert('arrow'),
  read: read('proto'),
  'read arrow': read('arrow'),
  windows: () =>
    withClient({}, (_, stream) =>
      timed(async () => {
        const { length } = await stream.alignedWindows(RANGE, POINT_WIDTH)
        if (length !== 12_500) throw new Error(`${length} windows`)
      }, 12_500),
    ),
  nearest: () =>
    withClient({}, (_, stream) =>
      timed(async () => {
        for (let i = 0; i < NEAREST; i++) await stream.nearest(BigInt(i) * STEP)
      }, NEAREST),
    ),
  'nearest many': () =>
    withClient({}, (_, stream) =>
      timed(() => atOnce(MANY, 100, (i) => stream.nearest(BigInt(i) * STEP)), MANY),
    ),
  'nearest beside bare': () => besideBare(NEAREST, 1),
  'nearest many beside bare': () => besideBare(MANY, 100),
  memory,
  plot: plotBytes,
}
console.log(JSON.stringify(await rows[row]()))
process.exit()
