// A client on another host. Argument, as JSON: options of its context.
import { readFileSync } from 'node:fs'
import { Context, setLogger } from '../../../dist/index.js'
import { act } from './actor.mjs'

setLogger(() => {})
const ctx = new Context(JSON.parse(process.argv[2]))
const watched = []
const told = (error) => ({ code: error.code, phase: error.phase })

act({
  get: (name, timeout) => ctx.get(name, { timeout }).then(({ value }) => ({ value }), told),
  /** p0 … p<many - 1>, all at once; how many were read, and how long it took. */
  async find(many, timeout) {
    const begin = performance.now()
    const names = Array.from({ length: many }, (_, k) => `p${k}`)
    const results = await ctx.getAllSettled(names, { timeout })
    const right = results.filter(({ value }, k) => value?.value === k).length
    return { right, ms: Math.round(performance.now() - begin) }
  },
  /** Calls that end, and how. */
  async puts(many, timeout) {
    const tally = { ok: 0, failed: 0 }
    const puts = Array.from({ length: many }, (_, k) => ctx.put('counted', k, { timeout }))
    for (const { status } of await Promise.allSettled(puts)) tally[status === 'fulfilled' ? 'ok' : 'failed']++
    return tally
  },
  watch(name, options) {
    const seen = { updates: 0, last: null, connected: false, lost: 0 }
    watched.push(seen)
    ctx.monitor(name, {
      ...options,
      onUpdate({ value }) {
        seen.updates++
        seen.last = typeof value === 'number' ? value : value[0]
      },
      onEvent({ type }) {
        seen.connected = type === 'connected'
        if (type === 'disconnected') seen.lost++
      },
    })
  },
  /** What `watch` has seen, of one of them or of all. */
  seen: () => watched,
  /** Subscribes and drops, over and over; the longest that a close took. */
  async churn(name, ms) {
    const end = performance.now() + ms
    let rounds = 0
    let slowest = 0
    while (performance.now() < end) {
      const subscriptions = Array.from({ length: 5 }, () => ctx.monitor(name, { onUpdate: () => {} }))
      await new Promise((resolve) => setTimeout(resolve, (rounds % 4) * 100))
      const begin = performance.now()
      await Promise.all(subscriptions.map((subscription) => subscription.close()))
      slowest = Math.max(slowest, performance.now() - begin)
      rounds++
    }
    return { rounds, slowest: Math.round(slowest) }
  },
  async cpu(ms) {
    const before = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, ms))
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000 / ms
  },
  /** Looks for names that nobody has; datagrams sent per second meanwhile. */
  async searches(many, ms) {
    for (let k = 0; k < many; k++) ctx.connect(`nobody:${k}`)
    const sent = () => Number(/^Udp: \d+ \d+ \d+ (\d+)/m.exec(readFileSync('/proc/net/snmp', 'utf8'))[1])
    const before = sent()
    await new Promise((resolve) => setTimeout(resolve, ms))
    return ((sent() - before) * 1_000) / ms
  },
  close: () => ctx.close(),
})
