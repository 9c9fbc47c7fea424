import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onLinux, programs, unless, type Need } from '../needs.js'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** Where root is only root of a user namespace, what is done inside has to go there first. */
const asRoot = process.getuid?.() === 0

/** A network namespace. It lives as long as a process in it does, and leaves nothing behind, however we end. */
export class Host {
  readonly #holder: ChildProcess
  readonly #programs = new Set<ChildProcess>()

  private constructor(holder: ChildProcess) {
    this.#holder = holder
  }

  /** `near`: a host whose rights it shares, so that a cable may join the two. */
  static async make(near?: Host): Promise<Host> {
    const unshare = ['unshare', ...(asRoot || near ? [] : ['--user', '--map-root-user']), '--net', 'cat']
    const [file = '', ...args] = [...(near && !asRoot ? near.#enter(['-U', '--preserve-credentials']) : []), ...unshare] // prettier-ignore
    // `cat` ends with its input, which ends with us
    const holder = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    let trouble = ''
    holder.stderr.on('data', (data: Buffer) => (trouble += String(data)))
    holder.stdin.on('error', () => undefined)
    const failed = new Promise<never>((_, reject) => {
      holder.once('error', reject)
      holder.once('close', () => reject(new Error(trouble.trim())))
    })
    failed.catch(() => undefined)
    holder.stdin.write('\n')
    await Promise.race([once(holder.stdout, 'data'), failed]) // it echoes from inside
    return new Host(holder)
  }

  get pid(): number {
    return this.#holder.pid ?? 0
  }

  #enter(namespaces: readonly string[]): string[] {
    return ['nsenter', '-t', `${this.pid}`, ...namespaces]
  }

  get #prefix(): string[] {
    return this.#enter(asRoot ? ['-n'] : ['-U', '--preserve-credentials', '-n'])
  }

  /** Runs a command inside; a failure is an Error with what it said. */
  run(command: string, input = ''): void {
    const [file = '', ...args] = [...this.#prefix, ...command.split(' ')]
    const { status, stderr, error } = spawnSync(file, args, { input, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr.trim()}`)
  }

  /** Resolves when the device carries packets: the kernel takes up to a second to say so, and programs leave it out until then. */
  async carries(device: string): Promise<void> {
    const command = [...this.#prefix, 'ip', '-o', 'link', 'show', 'dev', device]
    for (const end = Date.now() + 10_000; Date.now() < end;) {
      if (spawnSync(command[0] ?? '', command.slice(1), { encoding: 'utf8' }).stdout.includes('state UP'))
        return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`${device} carries nothing`)
  }

  /** A command line that runs inside, for whoever starts it. */
  command(file: string, ...args: readonly string[]): readonly string[] {
    return [...this.#prefix, file, ...args]
  }

  /** Drops that share of the packets that arrive, e.g. `drop(5, 'meta l4proto udp')`; replaces what was dropped before. */
  drop(percent: number, which = ''): void {
    this.run('nft -f -', 'table inet faults {}\ndelete table inet faults\n')
    if (percent === 0) return
    const share = percent < 100 ? `numgen random mod 1000 < ${percent * 10}` : ''
    const rule = `iifname != "lo" ${which} ${share} drop`
    this.run(
      'nft -f -',
      `table inet faults {\n chain in {\n type filter hook input priority 0;\n ${rule}\n }\n}\n`,
    )
  }

  async program(name: string, ...args: unknown[]): Promise<Program> {
    const [file = '', ...rest] = [
      ...this.#prefix,
      process.execPath,
      path(`./programs/${name}`),
      ...args.map((arg) => JSON.stringify(arg)),
    ]
    const child = spawn(file, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#programs.add(child)
    child.once('exit', () => this.#programs.delete(child))
    const program = new Program(child)
    await program.call('ready')
    return program
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of [...this.#programs, this.#holder]) {
      const ended = once(child, 'exit')
      if (child.kill('SIGKILL')) await ended
    }
  }
}

/** A program of `programs/` on a host: it does what it is told, and answers. */
export class Program {
  readonly #child: ChildProcess
  #last = 0

  constructor(child: ChildProcess) {
    this.#child = child
  }

  call(what: string, ...args: unknown[]): Promise<unknown> {
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#child.off('message', onMessage).off('exit', onExit)
      }
      const onMessage = (message: { id: number; result?: unknown; failure?: string }): void => {
        if (message.id !== id) return
        settle()
        if (message.failure === undefined) resolve(message.result)
        else reject(new Error(message.failure))
      }
      const onExit = (code: number | null, signal: string | null): void => {
        settle()
        reject(new Error(`the program ended with ${code ?? signal}, asked to ${what}`))
      }
      this.#child.on('message', onMessage).on('exit', onExit)
      this.#child.send({ id, what, args })
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}

/** Two hosts and the cable between them. */
export class Network implements AsyncDisposable {
  static readonly CLIENT = '10.99.0.1'
  static readonly SERVER = '10.99.0.2'

  readonly client: Host
  readonly server: Host

  private constructor(client: Host, server: Host) {
    this.client = client
    this.server = server
  }

  static async make(): Promise<Network> {
    const client = await Host.make()
    const server = await Host.make(client)
    const network = new Network(client, server)
    try {
      client.run(`ip link add cable type veth peer name cable netns ${server.pid}`)
      for (const [host, address] of [
        [client, Network.CLIENT],
        [server, Network.SERVER],
      ] as const) {
        // prettier-ignore
        host.run(`ip addr add ${address}/24 broadcast 10.99.0.255 dev cable`)
        host.run('ip link set lo up')
        host.run('ip link set cable up')
      }
      await Promise.all([client.carries('cable'), server.carries('cable')])
      return network
    } catch (error) {
      await network[Symbol.asyncDispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
  }
}

const tools = [
  { command: 'unshare', args: ['--version'], debian: 'util-linux' },
  { command: 'nsenter', args: ['--version'], debian: 'util-linux' },
  { command: 'ip', args: ['-Version'], debian: 'iproute2' },
  { command: 'tc', args: ['-Version'], debian: 'iproute2' },
  { command: 'nft', args: ['--version'], debian: 'nftables' },
]

/** What hosts need of this machine: its programs, and root's right to network namespaces. */
export async function hosts(): Promise<Need> {
  if (onLinux.missing) return onLinux
  const installed = programs(tools)
  if (installed.missing) return installed
  try {
    await using network = await Network.make()
    network.client.drop(1)
    network.client.run('tc qdisc add dev cable root tbf rate 1mbit burst 32kbit latency 400ms')
    return unless(undefined)
  } catch (error) {
    const said = (error as Error).message.split('\n')[0] ?? ''
    return unless(`network namespaces need root, or a kernel that gives them to users: ${said}`)
  }
}
