import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Context } from 'node-pvxs'
import { freePort } from '../ports.js'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** Servers of 'count' in processes of their own: ours and a plain PVXS one. */
export const kinds = {
  ours: [process.execPath, path('./programs/server.mjs')],
  PVXS: [path('../../build/test/pvxs_server')],
} as const

/** A server of 'wave', 8 MB at 50 Hz. */
export const waves = [process.execPath, path('./programs/waves.mjs')] as const

/** So many of our servers in one process, with so many PVs each. */
export const farm = (servers: number, pvsEach: number): readonly string[] => [
  process.execPath,
  path('./programs/farm.mjs'),
  `${servers}`,
  `${pvsEach}`,
]

/** A server in a process of its own, which can be ended and come back at the same ports. */
export class ServerProcess implements AsyncDisposable {
  tcpPort = 0
  udpPort = 0
  #child: ChildProcess | undefined
  readonly #command: readonly string[]

  private constructor(command: readonly string[]) {
    this.#command = command
  }

  static async start(command: readonly string[]): Promise<ServerProcess> {
    const server = new ServerProcess(command)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    // Ports that no connection is given while the server is away.
    this.tcpPort ||= await freePort()
    this.udpPort ||= await freePort()
    const [file = '', ...args] = this.#command
    const child = spawn(file, [...args, `${this.tcpPort}`, `${this.udpPort}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    for await (const data of child.stdout) {
      const told = /ready (\d+) (\d+)/.exec(String(data))
      if (told === null) continue
      this.tcpPort = Number(told[1])
      this.udpPort = Number(told[2])
      child.stdout.resume()
      return
    }
    throw new Error(`${file} ended before it was ready`)
  }

  async kill(): Promise<void> {
    if (this.#child === undefined) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    this.#child = undefined
    await ended
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** A client of it, which also searches at `others`. */
  client(...others: string[]): Context {
    return new Context({
      useEnv: false,
      addressList: ['127.0.0.1', ...others],
      autoAddressList: false,
      interfaces: ['127.0.0.1'],
      broadcastPort: this.udpPort,
      connectionTimeout: 4_000,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
