// npm run test:again -- 10 --busy 2: the whole suite ten times, with two busy processes beside it, to find tests that
// depend on the machine. Further words go to vitest: npm run test:again -- 15 --busy 2 test/faults -t 'arrays'
// Ends with 1 when a run failed. What each run printed stays in .cache/test-again.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Failure, root } from '../project.mjs'
import { buildSuite, suite } from './suite.mjs'

const { runs, busy, words } = readArguments(process.argv.slice(2))
const folder = join(root, '.cache/test-again')
const children = new Set()

function readArguments([first, ...rest]) {
  const runs = Number(first)
  if (!Number.isInteger(runs) || runs < 1)
    throw new Failure(
      `test:again wants how often, a whole number from 1, before all else; not "${first ?? ''}"`,
    )
  const at = rest.indexOf('--busy')
  if (at < 0) return { runs, busy: 0, words: rest }
  const busy = Number(rest[at + 1])
  if (rest[at + 1] === undefined || !Number.isInteger(busy) || busy < 0)
    throw new Failure(`--busy wants how many processes, a whole number from 0; not "${rest[at + 1] ?? ''}"`)
  return { runs, busy, words: rest.toSpliced(at, 2) }
}

function start(args, options) {
  const child = spawn(process.execPath, args, { cwd: root, ...options })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

// Each ends by itself when its parent is gone, however that ended.
const BUSY = 'const { ppid } = process; while (process.ppid === ppid);'

/** One run: its totals, as the reporter noted them, and the exit code. */
async function oneRun(n) {
  const log = join(folder, `run-${n}.log`)
  const notes = join(folder, `run-${n}.json`)
  const out = openSync(log, 'w')
  const begin = performance.now()
  const env = { ...process.env, NODE_PVXS_TOTALS: notes, NO_COLOR: '1' }
  const [code, signal] = await once(start(suite(words), { stdio: ['ignore', out, out], env }), 'exit')
  closeSync(out)
  const seconds = Math.round((performance.now() - begin) / 1_000)
  const ended = { n, log: relative(root, log), seconds, code: code ?? signal }
  return existsSync(notes) ? { ...ended, ...JSON.parse(readFileSync(notes, 'utf8')) } : ended
}

/** Prints the line of a run, and what failed in it; whether all was well. */
function tell({ n, log, seconds, code, passed, failed, skipped, failures }) {
  if (failures === undefined) {
    console.log(`run ${n} of ${runs}: ended with ${code} before it had totals, ${seconds} s: see ${log}`)
    return false
  }
  console.log(`run ${n} of ${runs}: ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds} s`)
  for (const name of failures) console.log(`  failed: ${name}`)
  const well = failed === 0 && code === 0
  if (!well) console.log(`  ended with ${code}; see ${log}`)
  return well
}

function endAll(signal) {
  for (const child of children) child.kill(signal)
}

buildSuite()
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
process.once('exit', () => endAll('SIGKILL'))
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])
  // prettier-ignore
  process.once(signal, () => process.exit(code))

for (let k = 0; k < busy; k++) start(['-e', BUSY], { stdio: 'ignore' })
let bad = 0
for (let n = 1; n <= runs; n++) if (!tell(await oneRun(n))) bad++
console.log(bad === 0 ? `${runs} of ${runs} runs passed` : `${bad} of ${runs} runs failed`)
process.exit(bad === 0 ? 0 : 1)
