#!/usr/bin/env node
// The program node-pvxs: ties a run to the process, its signals and its streams.
import { Sink } from './output/sink.js'
import { DONE, failureText, REFUSED } from './failures.js'
import { runProgram } from './program.js'
import { commands } from './table.js'
import { exit } from './terminal.js'

/** ms that a run may take to end, and its output to be taken, when it has to end. */
const GRACE = 500

const ends = new AbortController()
let stopped: number | undefined
let endsBySignal = false
/** Whether the command sees to its end by itself, however long it takes: a second signal still ends it at once. */
let takesItsTime = false
let onHangup: (() => void) | undefined

/** Has the run end, with this exit code unless the run itself gives another. */
function stop(code: number): void {
  if (stopped !== undefined) return
  stopped = code
  if (!takesItsTime) setTimeout(() => exit(exitCode(DONE)), GRACE).unref()
  ends.abort(new Error('the command was ended'))
}

/** `own`: what the command itself gives. */
function exitCode(own: number): number {
  const isRegular = endsBySignal && (stopped === CODES.SIGINT || stopped === CODES.SIGTERM)
  return isRegular ? own : (stopped ?? own)
}

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
for (const [signal, code] of Object.entries(CODES)) {
  process.on(signal, () => {
    if (signal === 'SIGHUP' && onHangup !== undefined) {
      onHangup()
      return
    }
    if (stopped !== undefined) exit(code)
    stop(code)
  })
}

const stderr = new Sink(2, () => undefined) // nobody listens
const stdout = new Sink(1, (error) => {
  // A reader that has enough closes the pipe; that is not a failure.
  if (error.code === 'EPIPE' || error.code === 'EOF') {
    stop(0)
    return
  }
  void stderr.write(failureText(undefined, new Error(`the output cannot be written: ${error.message}`), true))
  stop(REFUSED)
})

process.on('uncaughtException', (error) => {
  void stderr.write(failureText(undefined, error, true))
  stop(REFUSED)
})

const code = await runProgram({
  words: process.argv.slice(2),
  table: commands,
  signal: ends.signal,
  stdout,
  stderr,
  endsBySignal: (patient) => {
    endsBySignal = true
    takesItsTime = patient
  },
  onHangup: (call) => (onHangup = call),
})
await Promise.all([stdout.end(), stderr.end()])
// Not when everything is closed: connections end with the process.
exit(exitCode(code))
