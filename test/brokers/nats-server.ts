// nats-server of PyPI with JetStream, on loopback and in a folder of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { environment } from '../../scripts/tests/venv.mjs'
import { endProcess } from '../end-process.js'
import { freePort } from '../ports.js'

/** The Python that has the independent clients, and whose folder has nats-server. */
export const python = await environment('brokers')
const executable = join(dirname(python), process.platform === 'win32' ? 'nats-server.exe' : 'nats-server')

/** A server that a test may kill, stop for a while, and start again on the same folder. */
export class NatsServer implements AsyncDisposable {
  readonly port: number
  readonly #folder: string
  readonly #config: string
  #child: ChildProcess | undefined

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
    this.#config = join(folder, 'nats.conf')
  }

  /** @param more lines of its configuration */
  static async start(more = ''): Promise<NatsServer> {
    const self = new NatsServer(await freePort(), await mkdtemp(join(tmpdir(), 'nats-')))
    const store = join(self.#folder, 'store').replaceAll('\\', '/')
    await writeFile(
      self.#config,
      `listen: 127.0.0.1:${self.port}\njetstream { store_dir: "${store}" }\n${more}\n`,
    )
    await self.start()
    return self
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const child = spawn(executable, ['-c', this.#config], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    let said = ''
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-10_000)
        if (said.includes('Server is ready')) resolve()
      })
      child.once('error', reject)
      child.once('exit', () => {
        reject(new Error(`nats-server does not serve:\n${said}`))
      })
    })
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    await endProcess(child, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
