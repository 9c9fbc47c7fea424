// Many clients in one process: node readers.mjs PORT VERSION SOCKETS. The parent says what they do.
import { WebSocket } from 'ws'

const [port, version, sockets] = process.argv.slice(2).map(Number)
const url = `ws://127.0.0.1:${port}/pvws/pv?v=${version}`
let clients = []
let frames = 0
let updates = 0
let seen = []

const does = {
  /** Opens all at once; each asks for its names with its first breath. Resolves when all have all their first values. */
  async open({ pvs = [], spread = 0 }) {
    const begin = performance.now()
    clients = Array.from({ length: sockets }, () => new WebSocket(url))
    seen = clients.map(() => new Set())
    await Promise.all(clients.map((client, i) => ready(client, i, part(pvs, i, spread))))
    return { ms: performance.now() - begin }
  },
  cut() {
    for (const client of clients) client.terminate()
    return {}
  },
  mark() {
    const told = { frames, updates }
    frames = updates = 0
    return told
  },
  /** The first reads no more. */
  stop() {
    clients[0]._socket.pause()
    return {}
  },
}

/** The names of one client: all, or so many from a place of its own. */
function part(pvs, i, spread) {
  return spread === 0 ? pvs : Array.from({ length: spread }, (_, k) => pvs[(i * 7 + k) % pvs.length])
}

function ready(client, i, pvs) {
  return new Promise((resolve, reject) => {
    client.on('error', reject)
    client.on('open', () => {
      if (version === 1) client.send(JSON.stringify({ type: 'subscribe', pvs }))
      else client.send(JSON.stringify({ type: 'subscribe', subs: pvs.map((pv, id) => ({ id, pv })) }))
      if (pvs.length === 0) resolve()
    })
    client.on('message', (data, binary) => {
      frames++
      if (version === 1) updates++
      const names = seen[i]
      if (binary) readRecords(data, names)
      else if (names.size < pvs.length && version === 1) names.add(JSON.parse(data.toString()).pv)
      if (names.size >= pvs.length) resolve()
    })
  })
}

function readRecords(data, names) {
  for (let at = 0; at < data.length; at += data.readUInt32LE(at)) {
    if (data[at + 4] !== 2) continue
    updates++
    names.add(data.readUInt32LE(at + 8))
  }
}

process.on('disconnect', () => process.exit(0))
process.on('message', async ({ act, ...more }) => process.send(await does[act](more)))
process.send({})
