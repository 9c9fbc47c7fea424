// Interfaces and ports that a server or a client cannot have.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { Context, InvalidArgumentError, Server, setLogger, type LogLine } from 'node-pvxs'
import { programs, unless } from '../../needs.js'
import { leavesNothing, loopback, rejection, int32, until } from '../fixtures.js'

leavesNothing()

const alone = { useEnv: false, addressList: [], autoAddressList: false }
const ofThisHost = Object.values(networkInterfaces()).flatMap((of = []) => of)
const broadcast = ofThisHost
  .filter(({ family, netmask }) => family === 'IPv4' && /\.0$/.test(netmask))
  .map(({ address, netmask }) => {
    const mask = netmask.split('.').map(Number)
    return address.split('.').map((byte, k) => (Number(byte) | (255 - (mask[k] ?? 0))).toString()) // prettier-ignore
  })
  .map((bytes) => bytes.join('.'))
  .filter((address) => !address.startsWith('127.'))

describe('an interface that is not an address of this host', () => {
  afterEach(() => setLogger(null))

  it.each(['255.255.255.255', '203.0.113.7', '203.0.113.7:5075', ...broadcast])(
    'a server on %s is refused at start, with the interfaces of this host named',
    async (foreign) => {
      const error = await rejection(Server.start({ isolated: true, interfaces: ['127.0.0.1', foreign] }))
      expect(error).toBeInstanceOf(InvalidArgumentError)
      expect(error.message).toContain(`interface '${foreign.replace(':5075', '')}' is not an address of this`)
      for (const { address, family } of ofThisHost)
        if (family === 'IPv4') expect(error.message.split(/,? /)).toContain(address)
    },
  )

  it('is named with every other that is not', async () => {
    const foreign = ['203.0.113.7', '127.0.0.1', '203.0.113.8:5075', '203.0.113.7']
    const error = await rejection(Server.start({ isolated: true, interfaces: foreign }))
    expect(error.message).toContain(
      "interfaces '203.0.113.7', '203.0.113.8' are not addresses of this host, which has ",
    )
  })

  it('a server that was refused is refused again by the same words', async () => {
    const server = new Server({ isolated: true, interfaces: ['255.255.255.255'] })
    const first = await rejection(server.start())
    expect((await rejection(server.start())).message).toBe(first.message)
    await server.close()
  })

  it.each(['255.255.255.255', '203.0.113.7'])('a client on %s is warned through the log', async (foreign) => {
    const lines: LogLine[] = []
    setLogger((line) => void lines.push(line))
    await using it = await loopback({ x: int32(3) })
    await using ctx = new Context({ ...alone, interfaces: [foreign] })
    const said = () => lines.filter(({ message }) => message.includes(`interface '${foreign}' is not`))
    await until(() => said().length > 0, 'a warning')
    expect(said()).toMatchObject([{ level: 'warning', logger: 'node-pvxs.config' }])
    expect(said()[0]?.message).toContain('this host, which has 127.0.0.1')
    expect((await ctx.get('x', { server: `127.0.0.1:${it.server.tcpPort}` })).value).toBe(3)
  })

  it.each(['127.0.0.1', '0.0.0.0', ...ofThisHost.slice(0, 4).map(({ address }) => address)])(
    'a client on %s, which is of this host, is not warned',
    async (address) => {
      const lines: string[] = []
      setLogger(({ message }) => void lines.push(message))
      await using it = await loopback({ x: int32(3) })
      await using ctx = new Context({ ...alone, interfaces: [address] })
      expect((await ctx.get('x', { server: `127.0.0.1:${it.server.tcpPort}` })).value).toBe(3)
      expect(lines.filter((line) => line.includes('interface'))).toEqual([])
    },
  )
})

describe('a UDP port that is taken', () => {
  it('is named by the error of a start, and by that of a call', async () => {
    const other = createSocket('udp4') // one that does not share its port
    other.bind(0)
    await once(other, 'listening')
    const { port } = other.address()
    try {
      const start = await rejection(Server.start({ isolated: true, udpPort: port }))
      expect(start.message).toContain(`UDP port ${port} is taken by a program that does not share it: `)
      await using ctx = new Context({ ...alone, addressList: ['127.0.0.1'], broadcastPort: port })
      const call = await rejection(ctx.get('x'))
      expect(call.message).toContain(`UDP port ${port} is taken by a program that does not share it: `)
    } finally {
      other.close()
      await once(other, 'close')
    }
  })
})

describe('a port below 1024', () => {
  const unprivileged = ['--reuid=65533', '--clear-groups', '--bounding-set=-all', '--inh-caps=-all']
  const able = unless(
    spawnSync('setpriv', [...unprivileged, process.execPath, '-e', '0']).status === 0 &&
      privilegedPorts() > 899
      ? undefined
      : 'needs Linux, root to be another user, and ports that need a privilege',
  )

  function privilegedPorts(): number {
    const file = '/proc/sys/net/ipv4/ip_unprivileged_port_start'
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  }

  /** What a program prints that has no privilege. */
  async function printed(program: string): Promise<string> {
    const args = [...unprivileged, process.execPath, '--input-type=module', '-e', program]
    const child = spawn('setpriv', args, {
      cwd: fileURLToPath(new URL('../../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return text(child.stdout)
  }

  it.skipIf(able.missing)(
    able.named('is named by the error, for UDP, when it needs a privilege'),
    async () => {
      const program = `import { Server } from 'node-pvxs'
      await Server.start({ isolated: true, udpPort: 899 }).catch((error) => console.log(error.message))`
      expect(await printed(program)).toMatch(
        'UDP port 899 is not for this user; ports below 1024 need a privilege',
      )
    },
  )

  it.skipIf(able.missing)(able.named('is named by a warning, for TCP, where another is taken'), async () => {
    const program = `import { Server, setLogger } from 'node-pvxs'
      setLogger(({ message }) => message.startsWith('TCP port') && console.log(message))
      const server = await Server.start({ isolated: true, tcpPort: 899 })
      await server.close()
      setLogger(null)`
    expect(await printed(program)).toMatch(
      /^TCP port 899 is taken, or needs a privilege, as ports below 1024 do: serving on port \d+\n$/,
    )
  })
})

describe('a host with nothing but loopback', () => {
  const hosts = programs([
    { command: 'unshare', args: ['-rn', 'true'], debian: 'util-linux' },
    { command: 'ip', args: ['-V'], debian: 'iproute2' },
  ])
  const begin = `const server = await Server.start({ useEnv: false, tcpPort: 0, udpPort: 0 })
    await server.close()`

  /** What a program prints on such a host. */
  async function printed(program: string): Promise<{ stdout: string; stderr: string }> {
    const script = `ip link set lo up; exec "${process.execPath}" --input-type=module -e "$PROGRAM"`
    const child = spawn('unshare', ['-rn', 'sh', '-c', script], {
      env: { ...process.env, PROGRAM: program },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { stdout, stderr }
  }

  it.skipIf(hosts.missing)(hosts.named('start() prints nothing to stderr'), async () => {
    const program = `import { Server } from 'node-pvxs'
      ${begin}
      console.log('started')`
    expect(await printed(program)).toEqual({ stdout: 'started\n', stderr: '' })
  })

  it.skipIf(hosts.missing)(hosts.named('a logger is told so at level info'), async () => {
    const program = `import { Server, setLogger } from 'node-pvxs'
      const heard = new Promise((resolve) => setLogger((line) => line.message.includes('loopback') && resolve(line)))
      ${begin}
      console.log(JSON.stringify(await heard))
      setLogger(null)`
    const { stdout, stderr } = await printed(program)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      level: 'info',
      logger: 'epics',
      message: 'osiLocalAddr(): only loopback found',
    })
  })
})
