// Ports for programs that cannot report the port they chose, or that must come back where they were.
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

// A worker of the test runner has ports of its own, below those that the system gives to connections: a port that was
// free a moment ago, and that the system may give away, was sometimes taken by the other worker.
const EACH = 400
const WORKERS = 20
const [first, count] = rangeOf(Number(process.env['VITEST_POOL_ID'] ?? 0))
let next = (process.pid * 37) % count

function rangeOf(worker: number): [first: number, count: number] {
  const lowest = lowestEphemeral()
  const below = lowest - EACH * WORKERS
  // Where the system gives away all ports, being free is all that can be asked for.
  const start = below > 10_000 ? below : 20_000
  return [start + (worker % WORKERS) * EACH, EACH]
}

function lowestEphemeral(): number {
  if (process.platform !== 'linux') return 49_152
  return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t')[0])
}

/** A port of 127.0.0.1 that nobody uses, for TCP nor for UDP. The same one is not given again for a long while. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < count; tries++) {
    const port = first + next
    next = (next + 1) % count
    if ((await freeForTcp(port)) && (await freeForUdp(port))) return port
  }
  throw new Error(`no port from ${first} to ${first + count - 1} is free`)
}

function freeForTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function freeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => socket.close(() => resolve(false)))
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)))
  })
}
