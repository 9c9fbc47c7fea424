import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { python } from './env.js'

/** What a driver says about a value it saw; see pvjson.py. */
export interface Seen {
  readonly id: string
  readonly spec: unknown
  readonly value: Record<string, unknown>
  /** What was marked as changed, where the peer tells. */
  readonly changed?: readonly string[]
  /** The value as the peer prints it, where it does. */
  readonly text?: string
}

/** Anything a driver says by itself. */
export type PeerEvent = { readonly event: string } & Readonly<Record<string, unknown>>

interface Waiter {
  readonly test: (e: PeerEvent) => boolean
  readonly resolve: (e: PeerEvent) => void
  readonly reject: (e: Error) => void
}

const WAIT_MS = 40_000

/**
 * A program of another implementation, driven with one JSON object a line over stdin and stdout (jsonlines.py says
 * how). Its stderr is kept and shown when it fails.
 */
export class Peer implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #exited: Promise<void>
  readonly #replies = new Map<number, (m: Record<string, unknown>) => void>()
  readonly #events: PeerEvent[] = []
  readonly #waiters = new Set<Waiter>()
  #next = 1
  #stderr = ''
  #gone: Error | undefined

  private constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(file, [...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stderr.on('data', (d: Buffer) => {
      this.#stderr = (this.#stderr + d.toString()).slice(-8_000)
    })
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (e) => {
        this.#end(e)
        resolve()
      })
      this.#child.once('close', (code, signal) => {
        this.#end(new Error(`${file} ${args.join(' ')} ended (${String(code ?? signal)}):\n${this.#stderr}`))
        resolve()
      })
    })
    this.#child.stdin.on('error', () => {
      // The program is gone; 'close' tells why.
    })
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#line(line)
    })
  }

  /** Starts a program and waits until it says that it is ready. */
  static async start(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Peer> {
    const peer = new Peer(file, args, env)
    await peer.event((e) => e.event === 'ready')
    return peer
  }

  /** Starts one of the Python drivers of this folder. */
  static async python(script: string, env: NodeJS.ProcessEnv): Promise<Peer> {
    return Peer.start(await python(), ['-u', fileURLToPath(new URL(script, import.meta.url))], env)
  }

  /** Sends a request; rejects with the driver's text when it failed. */
  async call<T = unknown>(op: string, args: Readonly<Record<string, unknown>> = {}): Promise<T> {
    if (this.#gone) throw this.#gone
    const id = this.#next++
    const reply = await new Promise<Record<string, unknown>>((resolve) => {
      this.#replies.set(id, resolve)
      this.#child.stdin.write(`${JSON.stringify({ id, op, ...args })}\n`)
    })
    if ('error' in reply) throw new PeerError(String(reply['error']), String(reply['kind']))
    return reply['ok'] as T
  }

  /** Takes the first event for which `test` holds, waiting for it if need be. */
  event(test: (e: PeerEvent) => boolean): Promise<PeerEvent> {
    const at = this.#events.findIndex(test)
    const [found] = at < 0 ? [] : this.#events.splice(at, 1)
    if (found) return Promise.resolve(found)
    if (this.#gone) return Promise.reject(this.#gone)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter)
        const said = this.#events.map((e) => JSON.stringify(e).slice(0, 200)).join('\n')
        reject(new Error(`the peer did not say what was waited for; it said:\n${said}\n${this.#stderr}`))
      }, WAIT_MS)
      const waiter: Waiter = {
        test,
        resolve: (e) => {
          clearTimeout(timer)
          resolve(e)
        },
        reject: (e) => {
          clearTimeout(timer)
          reject(e)
        },
      }
      this.#waiters.add(waiter)
    })
  }

  /** Ends the program at once, as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  /** Ends the program by closing its stdin; by a signal when it does not listen. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await this.#exited
    clearTimeout(timer)
  }

  #line(line: string): void {
    let message: Record<string, unknown>
    try {
      message = JSON.parse(line) as Record<string, unknown>
    } catch {
      this.#stderr += `(stdout) ${line}\n`
      return
    }
    const id = message['id']
    if (typeof id === 'number') {
      this.#replies.get(id)?.(message)
      this.#replies.delete(id)
      return
    }
    const event = message as PeerEvent
    for (const waiter of this.#waiters) {
      if (!waiter.test(event)) continue
      this.#waiters.delete(waiter)
      waiter.resolve(event)
      return
    }
    this.#events.push(event)
  }

  #end(reason: Error): void {
    this.#gone ??= reason
    for (const waiter of this.#waiters) waiter.reject(this.#gone)
    this.#waiters.clear()
    for (const reply of this.#replies.values()) reply({ error: this.#gone.message, kind: 'Gone' })
    this.#replies.clear()
  }
}

/** A request that the other program could not carry out, with the class of its exception. */
export class PeerError extends Error {
  readonly kind: string
  constructor(message: string, kind: string) {
    super(message)
    this.name = 'PeerError'
    this.kind = kind
  }
}
