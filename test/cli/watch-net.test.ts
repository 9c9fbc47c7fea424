// node-pvxs watch-net between two hosts: it sees all, and takes nothing from a server beside it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { hosts, Network, type Host } from '../faults/hosts.js'
import { environment, program, run } from './run.js'

const need = await hosts()

/** A program on a host. */
class Far implements AsyncDisposable {
  readonly #child
  readonly ended: Promise<number | null>
  out = ''

  constructor(host: Host, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { PATH = '', HOME = '' } = environment()
    const [file = '', ...rest] = host.command(process.execPath, program, ...args)
    this.#child = spawn(file, rest, { env: { PATH, HOME, TZ: 'UTC', ...env } })
    this.#child.stdout.on('data', (text: Buffer) => (this.out += String(text)))
    this.#child.stderr.on('data', (text: Buffer) => (this.out += String(text)))
    this.ended = once(this.#child, 'close').then(([code]) => code as number | null)
  }

  async says(text: RegExp): Promise<this> {
    while (!text.test(this.out)) {
      const over = await Promise.race([
        this.ended.then(() => true),
        once(this.#child.stdout, 'data').then(() => false),
        once(this.#child.stderr, 'data').then(() => false),
      ])
      if (over && !text.test(this.out))
        throw new Error(`it ended and did not say ${String(text)}: ${this.out}`)
    }
    return this
  }

  interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT')
    return this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }
}

const unicast = { EPICS_PVA_ADDR_LIST: Network.SERVER, EPICS_PVA_AUTO_ADDR_LIST: 'NO' }
const serving = (host: Host): Promise<Far> => new Far(host, ['serve', 'near=1']).says(/^try: /m)
const watching = (host: Host, ...args: string[]): Promise<Far> =>
  new Far(host, ['watch-net', '-v', ...args]).says(/watching UDP port/)

/** Gets from the other host, one after the other, without a time-out. */
async function found(host: Host, env: Readonly<Record<string, string>>, times: number): Promise<void> {
  for (let k = 0; k < times; k++) {
    // 400 ms: the first search, and one more; a search that is taken away is not sent again in that time
    const got = new Far(host, ['get', 'near', '--raw', '-w', '2'], env)
    expect({ code: await got.ended, out: got.out }).toEqual({ code: 0, out: '1\n' })
  }
}

describe.skipIf(need.missing)(need.named('watch-net'), { concurrent: true, timeout: 90_000 }, () => {
  it.each(['the server', 'the watcher'])(
    'leaves unicast searches to the server when %s was there first, and sees them',
    async (first) => {
      await using network = await Network.make()
      const { client, server: host } = network
      const early = first === 'the server' ? await serving(host) : undefined
      await using watcher = await watching(host, '-P', 'near')
      await using _server = early ?? (await serving(host))
      await found(client, unicast, 5)
      await watcher.says(new RegExp(`${Network.CLIENT.replaceAll('.', '\\.')}:\\d+ search near\\n`))
    },
  )

  it('sees broadcast searches once, and the server still finds them', async () => {
    await using network = await Network.make()
    await using _server = await serving(network.server)
    await using watcher = await watching(network.server, '-P', 'n*', '--json')
    await found(network.client, {}, 1)
    await watcher.says(/"search"/)
    const lines = watcher.out.split('\n').filter((line) => line.includes('"search"'))
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'search', names: ['near'] })
    expect(new Set(lines.map((line) => (JSON.parse(line) as { peer: string }).peer)).size).toBe(1)
  })

  it('sees searches that nobody answers, counts them, and prints the names most searched at the end', async () => {
    await using network = await Network.make()
    await using watcher = await watching(network.server, '--top', '-H', `${Network.CLIENT}/32`)
    await using _asking = new Far(network.client, ['monitor', 'nobody:has'], unicast)
    await watcher.says(/ search nobody:has\n(.*\n)*.* search nobody:has\n/)
    expect(await watcher.interrupt()).toBe(130)
    expect(watcher.out).toMatch(/^searches {2}name {8}from\n {7}[2-9] {2}nobody:has {2}10\.99\.0\.1\n/m)
  })

  it('sees beacons, and with -S nothing else', async () => {
    await using network = await Network.make()
    await using watcher = await watching(network.client, '-S')
    await using _server = await serving(network.server)
    await watcher.says(/10\.99\.0\.2:\d+ beacon [0-9a-f]{24} 10\.99\.0\.2:5075\n/)
    expect(watcher.out).not.toContain('search')
  })

  it('sees nothing of other hosts than those asked for, and ends after its time', async () => {
    await using network = await Network.make()
    await using watcher = await watching(network.server, '-H', '10.99.1.0/24', '--for', '2')
    await using _asking = new Far(network.client, ['monitor', 'nobody:has'], unicast)
    expect(await watcher.ended).toBe(0)
    expect(watcher.out).not.toContain('search')
  })
})

describe('watch-net', () => {
  it.each([
    [['x'], 'no argument is taken'],
    [['-C', '-S'], 'give one of them'],
    [['-S', '-P', 'x'], 'no -P with it'],
    [['-H', '10.0.0.1/33'], 'is not HOST or HOST/BITS'],
    [['-H', 'host'], 'is not HOST or HOST/BITS'],
    [['-B', '10.0.0.1:99999'], 'is not ADDR or ADDR:PORT'],
    [['-B', '203.0.113.7'], 'is not an address of this host'],
    [['--for', '0'], 'is not a time above 0'],
  ])('%j is exit 2 and a sentence', async (args, text) => {
    const { code, stdout, stderr } = await run(['watch-net', ...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(text)
  })
})
