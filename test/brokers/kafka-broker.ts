// Apache Kafka of Maven Central, one node, on loopback and in a folder of its own.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { programs } from '../needs.js'
import { endProcess } from '../end-process.js'
import { freePort } from '../ports.js'

const run = promisify(execFile)
const here = import.meta.dirname
const cache = join(here, '../../.cache/kafka')

/** What a broker needs of this machine. */
export const kafka = programs([
  { command: 'java', args: ['-version'], debian: 'default-jdk-headless' },
  { command: 'mvn', args: ['-v'], debian: 'maven' },
])

/** Folder of its jars, fetched on first use. */
async function jars(): Promise<string> {
  const pom = join(here, 'pom.xml')
  const folder = join(
    cache,
    createHash('sha256')
      .update(await readFile(pom))
      .digest('hex')
      .slice(0, 12),
  )
  if (existsSync(folder)) return folder
  // Made under a name of its own and renamed, so that two test files may do it at once.
  const mine = `${folder}.${String(process.pid)}`
  await mkdir(mine, { recursive: true })
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
  await run('mvn', ['-q', '-B', '-f', pom, goal, '-DincludeScope=runtime', `-DoutputDirectory=${mine}`], {
    timeout: 300_000,
  })
  await rename(mine, folder).catch(async (error: unknown) => {
    if (!existsSync(folder)) throw error
    await rm(mine, { recursive: true })
  })
  return folder
}

const settings = (port: number, controller: number, folder: string): Record<string, string> => ({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': `1@127.0.0.1:${controller}`,
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
  'inter.broker.listener.name': 'PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'log.dirs': join(folder, 'logs'),
  'offsets.topic.num.partitions': '1',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'group.initial.rebalance.delay.ms': '0',
  'auto.create.topics.enable': 'false',
  // The samples of tests are years old, and by their times the broker would delete them, half a minute after its start.
  'log.retention.ms': '-1',
  // A broker that was killed waits for its own old session.
  'broker.session.timeout.ms': '2000',
  'broker.heartbeat.interval.ms': '400',
})

/** A broker that a test may kill, stop for a while, and start again on the same folder. */
export class KafkaBroker implements AsyncDisposable {
  readonly port: number
  readonly #folder: string
  readonly #libraries: string
  #child: ChildProcess | undefined

  private constructor(port: number, folder: string, libraries: string) {
    this.port = port
    this.#folder = folder
    this.#libraries = libraries
  }

  /** @param more settings of its own */
  static async start(more: Record<string, string> = {}): Promise<KafkaBroker> {
    const self = new KafkaBroker(await freePort(), await mkdtemp(join(tmpdir(), 'kafka-')), await jars())
    const all = { ...settings(self.port, await freePort(), self.#folder), ...more }
    const text = Object.entries(all).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(self.#properties, text.join(''))
    const id = randomBytes(16).toString('base64url')
    const format = ['kafka.tools.StorageTool', 'format', '-t', id, '-c', self.#properties]
    await run('java', ['-XX:TieredStopAtLevel=1', '-cp', `${self.#libraries}/*`, ...format], {
      timeout: 120_000,
    })
    await self.start()
    return self
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  get #properties(): string {
    return join(this.#folder, 'server.properties')
  }

  async start(): Promise<void> {
    const memory = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    const child = spawn('java', [...memory, '-cp', `${this.#libraries}/*`, 'kafka.Kafka', this.#properties], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.#folder,
    })
    this.#child = child
    let said = ''
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          said = (said + text).slice(-20_000)
          if (said.includes('Kafka Server started')) resolve()
        })
      child.once('error', reject)
      child.once('exit', () => {
        reject(new Error(`Kafka does not serve:\n${said}`))
      })
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
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
