// What the micro-benchmarks share: processor time per step, best of some rounds.

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const ROUNDS = 5
const MIN_MS = 200

/** A module of the compiled library: in build/js, or in the folder given as argument. */
export const library = (path) =>
  import(new URL(path, pathToFileURL(resolve(process.argv[2] ?? 'build/js') + '/').href).href)

/** Nanoseconds per step of `run(n)`, which makes n steps: the best of some rounds, each long enough to be measured. */
export function measure(run) {
  let n = 1000
  let best = Infinity
  for (let round = 0; round < ROUNDS;) {
    const begin = process.cpuUsage().user
    run(n)
    const spent = process.cpuUsage().user - begin
    if (spent < MIN_MS * 1000) {
      n *= 2
      continue
    }
    best = Math.min(best, (spent * 1000) / n)
    round++
  }
  return best
}

export function report(name, ns) {
  console.log(`${name.padEnd(64)} ${ns < 10 ? ns.toFixed(2) : ns.toFixed(0)} ns`)
}
