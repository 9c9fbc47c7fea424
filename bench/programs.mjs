// Starts the programs of the benchmarks. Each speaks lines of JSON on stdout; servers go on until their stdin ends.

import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { environment } from '../scripts/tests/venv.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const LIMIT_MS = 60_000

/** Where the C++ programs are; `npm run bench` builds them there. */
const native = process.env['NODE_PVXS_BENCH_PROGRAMS'] ?? path.join(here, '..', 'build', 'bench')

const flags = (args = {}) => Object.entries(args).flatMap(([k, v]) => [`--${k}`, String(v)])

async function command(language, program, args) {
  if (language === 'cpp') return [path.join(native, program), flags(args)]
  if (language === 'ours') {
    return [process.execPath, ['--expose-gc', path.join(here, 'ours', program), ...flags(args)]]
  }
  const python = await environment(language === 'p4p' ? 'peers' : 'aiopvxs')
  return [python, [path.join(here, 'python', program), ...flags(args)]]
}

function cleanEnv() {
  return Object.fromEntries(Object.entries(process.env).filter(([k]) => !/^(_?PVXS_|EPICS_)/.test(k)))
}

/** A running program; `next()` is its next line. */
export class Program {
  #child
  #lines = []
  #waiting = []
  #ended
  #gone
  #stderr = ''

  static async start(language, program, args) {
    const [file, list] = await command(language, program, args)
    const self = new Program()
    self.#child = spawn(file, list, { env: cleanEnv(), stdio: ['pipe', 'pipe', 'pipe'] })
    self.#listen([path.basename(file), ...list].join(' '))
    return self
  }

  #listen(title) {
    const child = this.#child
    child.stderr.on('data', (d) => (this.#stderr = (this.#stderr + d).slice(-4000)))
    child.stdin.on('error', () => {}) // it is gone; 'close' says why
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
    this.#ended = new Promise((resolve) => {
      const end = (why) => {
        clearTimeout(timer)
        this.#gone ??= new Error(`${title}: ${why}\n${this.#stderr}`)
        for (const w of this.#waiting.splice(0)) w.reject(this.#gone)
        resolve()
      }
      child.once('error', (e) => end(e.message))
      child.once('close', (code, signal) => end(`ended (${signal ?? code})`))
    })
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (!text.startsWith('{')) return
      const value = JSON.parse(text)
      const w = this.#waiting.shift()
      if (w) w.resolve(value)
      else this.#lines.push(value)
    })
  }

  next() {
    if (this.#lines.length > 0) return Promise.resolve(this.#lines.shift())
    if (this.#gone) return Promise.reject(this.#gone)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Sends an empty line. */
  mark() {
    this.#child.stdin.write('\n')
  }

  /** Ends its stdin and waits for it; by force when it does not listen. */
  async stop() {
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await this.#ended
    clearTimeout(timer)
  }
}

/** Runs a client to its end and gives its last line but for `ready`. */
export async function runClient(language, program, args, onReady) {
  const client = await Program.start(language, program, args)
  try {
    let result = await client.next()
    if (result.ready) {
      await onReady?.()
      result = await client.next()
    }
    return result
  } finally {
    await client.stop()
  }
}
