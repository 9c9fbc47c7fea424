// Real servers for the tests: InfluxDB and VictoriaMetrics of Debian, each with a folder and ports of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { existsSync } from 'node:fs'
import { debian, hasDebian } from '../../scripts/supply/debian.mjs'
import { influxdConfiguration } from '../../scripts/supply/influxd.mjs'
import { unless, type Need } from '../needs.js'
import { endProcess } from '../end-process.js'
import { freePort } from '../ports.js'

const root = join(import.meta.dirname, '../..')

/** Debian's packages, which are unpacked and not installed. */
export const debianNeed = unless(hasDebian('influxdb') ? undefined : 'needs the packages of Debian: apt-get')

/** A server process that a test may kill and start again on the same folder. */
export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly folder: string
  /** Ends it, by SIGKILL unless another signal is named. */
  kill(signal?: NodeJS.Signals): Promise<void>
  start(): Promise<void>
  /** SIGSTOP leaves it there without an answer, SIGCONT lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
}

export interface InfluxdOptions {
  readonly auth?: boolean
  readonly https?: { readonly certificate: string; readonly key: string }
  /** Path of its unix socket. */
  readonly socket?: string
  readonly sharedSecret?: string
  readonly maxBodySize?: number
  /** Another influxd than Debian's. */
  readonly executable?: string
}

/** influxd on loopback, ready. */
export async function influxd(o: InfluxdOptions = {}): Promise<TestServer> {
  const executable = o.executable ?? (await debian('influxdb', 'usr/bin/influxd'))
  const folder = await mkdtemp(join(tmpdir(), 'influxd-'))
  const port = await freePort()
  const config = join(folder, 'influxd.conf')
  await writeFile(config, influxdConfiguration({ ...o, folder, port, rpc: await freePort() }))
  const scheme = o.https === undefined ? 'http' : 'https'
  const server = new ServerProcess(
    executable,
    ['run', '-config', config],
    folder,
    port,
    `${scheme}://127.0.0.1:${port}`,
  )
  await server.start()
  return server
}

/** VictoriaMetrics on loopback, ready. */
export async function victoriaMetrics(): Promise<TestServer> {
  const executable = await debian('victoria-metrics', 'usr/bin/victoria-metrics')
  const folder = await mkdtemp(join(tmpdir(), 'victoria-'))
  const port = await freePort()
  const args = [
    `-httpListenAddr=127.0.0.1:${port}`,
    `-storageDataPath=${folder}/data`,
    '-retentionPeriod=100y',
  ]
  const server = new ServerProcess(executable, args, folder, port, `http://127.0.0.1:${port}`)
  await server.start()
  return server
}

class ServerProcess implements TestServer {
  readonly url: string
  readonly port: number
  readonly folder: string
  readonly #executable: string
  readonly #args: readonly string[]
  #process: ChildProcess | undefined
  #said = ''

  constructor(executable: string, args: readonly string[], folder: string, port: number, url: string) {
    this.#executable = executable
    this.#args = args
    this.folder = folder
    this.port = port
    this.url = url
  }

  async start(): Promise<void> {
    const child = spawn(this.#executable, [...this.#args], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    this.#said = ''
    for (const stream of [child.stdout, child.stderr])
      stream
        .setEncoding('utf8')
        .on('data', (text: string) => (this.#said = (this.#said + text).slice(-10_000)))
    const limit = performance.now() + 30_000
    while (!(await this.#answers())) {
      if (child.exitCode !== null || performance.now() > limit)
        throw new Error(`${this.#executable} does not serve:\n${this.#said}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async #answers(): Promise<boolean> {
    const { connect } = await import('node:net')
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => {
        resolve(false)
      })
    })
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal)
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process
    this.#process = undefined
    await endProcess(child, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.folder, { recursive: true, force: true })
  }
}

const built = process.env['PVXS_TEST_INFLUXD'] ?? join(root, '.cache/go/influxd')

/** The InfluxDB servers that tests run on. */
export const influxServers: readonly {
  readonly name: string
  readonly need: Need
  start(o?: InfluxdOptions): Promise<TestServer>
}[] = [
  { name: debianNeed.named('influxd 1.6.7'), need: debianNeed, start: (o) => influxd(o) },
  ...[unless(existsSync(built) ? undefined : 'no influxd 1.13 is built: PVXS_TEST_INFLUXD names one')].map(
    (need) => ({
      name: need.named('influxd 1.13'),
      need,
      start: (o?: InfluxdOptions) => influxd({ ...o, executable: built }),
    }),
  ),
]
