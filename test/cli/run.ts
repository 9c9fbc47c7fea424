// The program of the package, as a user starts it: the built bin in a process of its own.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Server } from 'node-pvxs'
import type { Host } from '../faults/hosts.js'

export const program = join(import.meta.dirname, '../../dist/cli/main.js')

// Nobody's own configuration takes part.
const home = mkdtempSync(join(tmpdir(), 'node-pvxs-home-'))

export type Environment = Readonly<Record<string, string>>

export interface Options {
  /** Where it searches; nowhere without it. */
  readonly server?: Server | undefined
  readonly env?: Environment
  readonly input?: string | Buffer
  /** Flags of Node itself. */
  readonly flags?: readonly string[]
  /** The host that it runs on; this one without it. */
  readonly host?: Host | undefined
}

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** The environment of a user who reaches one server and nothing else. */
export function environment({ server, env = {} }: Options = {}): Environment {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TZ: 'UTC',
    EPICS_PVA_AUTO_ADDR_LIST: 'NO',
    EPICS_PVA_INTF_ADDR_LIST: '127.0.0.1',
    EPICS_PVA_NAME_SERVERS: server === undefined ? '127.0.0.1:9' : `127.0.0.1:${server.tcpPort}`,
    ...env,
  }
}

/** The command line that runs it. */
export function commandLine(args: readonly string[], { flags = [], host }: Options = {}): [string, string[]] {
  const all = [...flags, program, ...args]
  const [file = '', ...rest] = host?.command(process.execPath, ...all) ?? [process.execPath, ...all]
  return [file, rest]
}

/** A run that goes on. */
export class Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ran>
  stdout = ''
  stderr = ''
  #read = 0

  constructor(args: readonly string[], options: Options = {}) {
    this.child = spawn(...commandLine(args, options), { env: environment(options) })
    this.child.stdin.on('error', () => undefined) // it ended without reading all of it
    this.child.stdin.end(options.input ?? '')
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.ended = once(this.child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }))
  }

  /** The next line of stdout. */
  async line(): Promise<string> {
    let end = this.stdout.indexOf('\n', this.#read)
    while (end < 0) {
      const over = await this.#news(this.child.stdout)
      end = this.stdout.indexOf('\n', this.#read)
      if (over && end < 0) throw new Error(`it ended: ${this.stderr}`)
    }
    const line = this.stdout.slice(this.#read, end)
    this.#read = end + 1
    return line
  }

  /** Resolves when stderr holds the text. */
  async says(text: string | RegExp): Promise<string> {
    const holds = (): boolean =>
      typeof text === 'string' ? this.stderr.includes(text) : text.test(this.stderr)
    while (!holds()) {
      const over = await this.#news(this.child.stderr)
      if (over && !holds()) throw new Error(`it ended and did not say ${String(text)}: ${this.stderr}`)
    }
    return this.stderr
  }

  /** Resolves when there is more to read; with true when there will be nothing more. */
  #news(stream: Readable): Promise<boolean> {
    return Promise.race([once(stream, 'data').then(() => false), this.ended.then(() => true)])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

/** Starts it, gives it all of its input, and waits for its end. */
export function run(args: readonly string[], options: Options = {}): Promise<Ran> {
  return new Running(args, options).ended
}
