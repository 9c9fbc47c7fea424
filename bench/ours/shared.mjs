// What our own sides of the benchmarks share. They import what a user imports: the built package.

import { readdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** `--key value` arguments; numbers where the default is one. */
export function args(defaults) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([k, v]) => [k, { type: 'string', default: String(v) }]),
  )
  const { values } = parseArgs({ options })
  return Object.fromEntries(
    Object.entries(values).map(([k, v]) => [k, typeof defaults[k] === 'number' ? Number(v) : v]),
  )
}

export const line = (values) => console.log(JSON.stringify(values))

/** Options for a context that sees one server and nothing else. */
export const only = (server) => ({
  useEnv: false,
  autoAddressList: false,
  nameServers: [server],
  broadcastPort: 59076,
  timeout: 20_000,
})

/** Seconds that the JavaScript thread and PVXS's client worker ran since it was made; nothing where Linux does not say. */
export function threads() {
  const spent = () => {
    const found = {}
    for (const id of readdirSync('/proc/self/task')) {
      const name = readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim()
      const part = id === String(process.pid) ? 'js' : name === 'PVXCTCP' ? 'pvxs' : undefined
      if (part === undefined) continue
      const [ns] = readFileSync(`/proc/self/task/${id}/schedstat`, 'utf8').split(' ')
      found[part] = (found[part] ?? 0) + Number(ns) / 1e9
    }
    return found
  }
  if (process.platform !== 'linux') return () => ({})
  const before = spent()
  return () => {
    const now = spent()
    return { js: now.js - before.js, pvxs: now.pvxs - before.pvxs }
  }
}

/** Seconds of wall and processor time since it was made. */
export function stopwatch() {
  const start = process.hrtime.bigint()
  const cpu = process.cpuUsage()
  return () => {
    const used = process.cpuUsage(cpu)
    return { seconds: Number(process.hrtime.bigint() - start) / 1e9, cpu: (used.user + used.system) / 1e6 }
  }
}

/** NTScalar double with all options, and the usual update of value and time. */
export const delta = (n) => ({
  value: n,
  timeStamp: {
    secondsPastEpoch: 1_700_000_000n + BigInt(Math.floor(n / 1000)),
    nanoseconds: (n % 1000) * 1_000_000,
  },
})

/** Reads lines of stdin; ends with it. */
export async function* lines() {
  let rest = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
}
