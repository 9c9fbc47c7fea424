// What it costs that thousands of calls hang on one AbortSignal: to begin and end one more of them, and to abort them all.
// Beside it the same with a listener for each call.
//   node bench/micro/abort.mjs [folder of the compiled library, by default build/js]

import { setMaxListeners } from 'node:events'

import { library, measure, report } from './measure.mjs'

const { watch, unwatch } = await library('native/signals.js')

setMaxListeners(0)
const CALLS = 10_000
let aborted = 0
const call = () => ({ aborted: () => aborted++ })

for (const others of [0, 100, CALLS]) {
  const { signal } = new AbortController()
  for (let i = 0; i < others; i++) watch(signal, call())
  report(
    `begin and end a call on a signal with ${others} others`,
    measure((n) => {
      for (let i = 0; i < n; i++) {
        // a new one each time: a Set keeps what was deleted in its bucket for a while, so that one object added again and
        // again costs a hundred times as much
        const one = call()
        watch(signal, one)
        unwatch(signal, one)
      }
    }),
  )
}

for (const others of [0, 100, CALLS]) {
  const { signal } = new AbortController()
  for (let i = 0; i < others; i++) signal.addEventListener('abort', () => aborted++)
  report(
    `the same with a listener for each call, ${others} others`,
    measure((n) => {
      for (let i = 0; i < n; i++) {
        const one = () => aborted++
        signal.addEventListener('abort', one)
        signal.removeEventListener('abort', one)
      }
    }),
  )
}

report(
  `abort of a signal with ${CALLS} calls, per call`,
  measure((n) => {
    for (let i = 0; i < n; i += CALLS) {
      const controller = new AbortController()
      for (let k = 0; k < CALLS; k++) watch(controller.signal, call())
      controller.abort()
    }
  }),
)
process.exitCode = aborted > 0 ? 0 : 1
