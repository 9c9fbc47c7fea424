import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Context, InvalidArgumentError, Server, setLogger, TimeoutError, type LogLine } from 'node-pvxs'
import { contextConfig } from '../../../lib-ts/client/config.js'
import { serverConfig, effectiveOptions, reachable } from '../../../lib-ts/server/config.js'
import { leavesNothing, rejection, thrown, until } from '../fixtures.js'

leavesNothing()

const env = (entries: Record<string, string>) => () => new Map(Object.entries(entries))
const definitions = (list: readonly string[]) =>
  Object.fromEntries(Array.from({ length: list.length / 2 }, (_, k) => [list[2 * k], list[2 * k + 1]]))

describe('a Context', () => {
  it('has the defaults of PVXS', () => {
    const { options } = contextConfig(undefined, env({}))
    expect(options).toEqual({
      useEnv: true,
      addressList: [],
      autoAddressList: true,
      interfaces: [],
      nameServers: [],
      broadcastPort: 5076,
      serverPort: 5075,
      connectionTimeout: 30_000,
      timeout: 5_000,
    })
  })

  it('[102] reads lists with spaces, YES and NO, ports and seconds from the environment', () => {
    const { options } = contextConfig(
      undefined,
      env({
        EPICS_PVA_ADDR_LIST: '  10.0.0.1   10.0.0.2:99\t',
        EPICS_PVA_AUTO_ADDR_LIST: 'no',
        EPICS_PVA_INTF_ADDR_LIST: '127.0.0.1',
        EPICS_PVA_NAME_SERVERS: 'gateway:5075',
        EPICS_PVA_BROADCAST_PORT: '1234',
        EPICS_PVAS_SERVER_PORT: '4321',
        EPICS_PVA_CONN_TMO: '12.5',
      }),
    )
    expect(options).toMatchObject({
      addressList: ['10.0.0.1', '10.0.0.2:99'],
      autoAddressList: false,
      interfaces: ['127.0.0.1'],
      nameServers: ['gateway:5075'],
      broadcastPort: 1234,
      serverPort: 4321,
      connectionTimeout: 12_500,
    })
  })

  it('[102] lets an option beat the variable, and the rest of the environment through', () => {
    const config = contextConfig(
      { addressList: ['10.0.0.9'], autoAddressList: true, connectionTimeout: 4_000, nameServers: [] },
      env({
        EPICS_PVA_ADDR_LIST: '10.0.0.1',
        EPICS_PVA_AUTO_ADDR_LIST: 'NO',
        EPICS_PVA_NAME_SERVERS: 'gateway',
        EPICS_PVA_SOMETHING_NEW: '1',
      }),
    )
    expect(definitions(config.definitions)).toEqual({
      EPICS_PVA_ADDR_LIST: '10.0.0.9',
      EPICS_PVA_AUTO_ADDR_LIST: 'YES',
      EPICS_PVA_NAME_SERVERS: '',
      EPICS_PVA_SOMETHING_NEW: '1',
      EPICS_PVA_CONN_TMO: '4',
    })
  })

  it('[102] ignores the environment with useEnv: false', () => {
    const config = contextConfig({ useEnv: false }, () => {
      throw new Error('the environment was read')
    })
    expect(config.definitions).toEqual([])
  })

  it('treats nonsense in the environment as not set', () => {
    const { options } = contextConfig(
      undefined,
      env({
        EPICS_PVA_BROADCAST_PORT: 'x',
        EPICS_PVA_SERVER_PORT: '70000',
        EPICS_PVA_CONN_TMO: '-5',
        EPICS_PVA_AUTO_ADDR_LIST: 'maybe',
      }),
    )
    expect(options).toMatchObject({
      broadcastPort: 5076,
      serverPort: 5075,
      connectionTimeout: 30_000,
      autoAddressList: true,
    })
  })

  it('one limit for connectionTimeout: 1500 ms, an error at once for what is shorter', () => {
    for (const Side of [Context, Server]) {
      const error = thrown(() => new Side({ connectionTimeout: 1_499 }))
      expect(error).toBeInstanceOf(InvalidArgumentError)
      expect(error.message).toContain('"connectionTimeout" is a time from 1500 ms to 1e12 ms, not 1499')
    }
    expect(contextConfig({ connectionTimeout: 1_500 }, env({})).options.connectionTimeout).toBe(1_500)
  })

  it('says so when EPICS_PVA_CONN_TMO is shorter than the shortest', () => {
    const lines: string[] = []
    setLogger(({ message }) => lines.push(message))
    const { options } = contextConfig(undefined, env({ EPICS_PVA_CONN_TMO: '0.1' }))
    setLogger(null)
    expect(options.connectionTimeout).toBe(1_500)
    expect(lines).toEqual(['EPICS_PVA_CONN_TMO: "0.1" is taken for 1.5 s, the shortest there is'])
  })

  it('commas separate, in all lists of the environment and the options', () => {
    const { options, definitions } = contextConfig(
      { nameServers: ['10.0.0.1,10.0.0.2:5085', '10.0.0.3,'] },
      env({
        EPICS_PVA_ADDR_LIST: '127.0.0.1:5076, 10.0.0.255,224.0.2.3,8@10.0.0.9,224.0.2.4,1',
        EPICS_PVA_INTF_ADDR_LIST: '10.0.0.9,10.0.0.8,',
        EPICS_PVAS_IGNORE_ADDR_LIST: '10.0.0.1,10.0.0.2',
      }),
    )
    expect(options).toMatchObject({
      addressList: ['127.0.0.1:5076', '10.0.0.255', '224.0.2.3,8@10.0.0.9', '224.0.2.4,1'],
      interfaces: ['10.0.0.9', '10.0.0.8'],
      nameServers: ['10.0.0.1', '10.0.0.2:5085', '10.0.0.3'],
    })
    expect(definitions).toContain('127.0.0.1:5076 10.0.0.255 224.0.2.3,8@10.0.0.9 224.0.2.4,1')
    expect(definitions).toContain('10.0.0.1 10.0.0.2')
  })

  it.each([
    ['addressList', '10.0.0.1'],
    ['addressList', ['999.1.1.1']],
    ['addressList', ['a;b']],
    ['addressList', ['']],
    ['nameServers', ['[::1']],
    ['interfaces', [null]],
    ['autoAddressList', 'YES'],
    ['broadcastPort', 0],
    ['broadcastPort', 65_536],
    ['broadcastPort', 1.5],
    ['serverPort', -1],
    ['connectionTimeout', 0],
    ['connectionTimeout', -5],
    ['connectionTimeout', Infinity],
    ['timeout', 0],
    ['timeout', NaN],
    ['timeout', '5'],
    ['timeout', null],
    ['nosuch', 1],
  ])('[124] refuses %s: %j and names the option', (name, value) => {
    const error = thrown(() => new Context({ [name]: value }))
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect(error.message).toContain(name)
  })

  it('[124] refuses what is not an options object, and getters that throw', () => {
    for (const options of [null, 5, 'x', [], new Map([['timeout', 5]]).entries() as object]) {
      if (typeof options === 'object' && options !== null && !Array.isArray(options)) continue
      expect(thrown(() => new Context(options as never))).toBeInstanceOf(InvalidArgumentError)
    }
    const getter = Object.defineProperty({}, 'timeout', {
      enumerable: true,
      get() {
        throw new Error('hostile')
      },
    })
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('hostile')
        },
      },
    )
    for (const options of [getter, proxy]) {
      const error = thrown(() => new Context(options))
      expect(error).toBeInstanceOf(InvalidArgumentError)
      expect((error.cause as Error).message).toBe('hostile')
    }
  })

  it('takes frozen options, and options that are undefined', async () => {
    const ctx = new Context(
      Object.freeze({
        useEnv: false,
        addressList: ['127.0.0.1'],
        autoAddressList: false,
        timeout: undefined,
      }),
    )
    expect(ctx.config.timeout).toBe(5_000)
    expect(Object.isFrozen(ctx.config)).toBe(true)
    await ctx.close()
  })

  it('[105] does not affect another one, and never writes the environment', async () => {
    const before = { ...process.env }
    const a = new Context({
      useEnv: false,
      addressList: ['127.0.0.1'],
      autoAddressList: false,
      broadcastPort: 11_111,
    })
    const b = new Context({ useEnv: false, nameServers: ['127.0.0.1:1'], autoAddressList: false })
    expect([a.config.broadcastPort, b.config.broadcastPort, b.config.addressList]).toEqual([
      11_111,
      5_076,
      [],
    ])
    expect({ ...process.env }).toEqual(before)
    await Promise.all([a.close(), b.close()])
  })
})

describe('a Server', () => {
  it('[102] prefers EPICS_PVAS_ to EPICS_PVA_, and options to both', () => {
    const environment = env({
      EPICS_PVA_SERVER_PORT: '1',
      EPICS_PVAS_SERVER_PORT: '2',
      EPICS_PVA_BROADCAST_PORT: '3',
      EPICS_PVA_ADDR_LIST: '10.0.0.1',
      EPICS_PVA_AUTO_ADDR_LIST: 'NO',
    })
    const config = serverConfig({}, false, environment)
    expect(effectiveOptions(config, config.settings)).toMatchObject({
      tcpPort: 2,
      udpPort: 3,
      beaconDestinations: ['10.0.0.1'],
      autoBeacon: false,
    })
    const given = serverConfig({ tcpPort: 9, beaconDestinations: [], autoBeacon: true }, false, environment)
    expect(effectiveOptions(given, given.settings)).toMatchObject({
      tcpPort: 9,
      beaconDestinations: [],
      autoBeacon: true,
    })
  })

  it('isolated means loopback, free ports, no beacons, no environment; what is given holds too', () => {
    const config = serverConfig({ isolated: true, tcpPort: 7 }, false, () => {
      throw new Error('the environment was read')
    })
    expect(effectiveOptions(config, config.settings)).toMatchObject({
      interfaces: ['127.0.0.1'],
      beaconDestinations: ['127.0.0.1'],
      autoBeacon: false,
      tcpPort: 7,
      udpPort: 0,
    })
  })

  it('is reached at loopback where it listens everywhere', () => {
    expect(reachable([])).toEqual(['127.0.0.1'])
    expect(reachable(['0.0.0.0', '127.0.0.1:5075'])).toEqual(['127.0.0.1'])
    expect(reachable(['[::]', '::1'])).toEqual(['[::1]'])
    expect(reachable(['10.0.0.4:5075'])).toEqual(['10.0.0.4'])
  })

  it('is not started by being made', () => {
    const server = new Server({ isolated: true })
    expect([server.tcpPort, server.udpPort, server.guid]).toEqual([0, 0, ''])
    expect(thrown(() => server.clientConfig())).toBeInstanceOf(InvalidArgumentError)
    return server.close()
  })
})

/** The lines of the log of each test. */
function logged(): LogLine[] {
  const lines: LogLine[] = []
  beforeEach(() => {
    lines.length = 0
    setLogger((line) => void lines.push(line))
  })
  afterEach(() => setLogger(null))
  return lines
}

describe('a port of the environment that is not a port', () => {
  const lines = logged()

  // the port that the configuration shows, and whether a warning names the variable
  it.each([
    ['70000', 5076, true],
    ['65536', 5076, true],
    ['-1', 5076, true],
    ['1.5', 5076, true],
    ['5076x', 5076, true],
    ['010', 10, false],
    ['0x10', 16, false],
  ])('is not cut to one by PVXS: %s', (text, port, warns) => {
    const settings = env({ EPICS_PVA_BROADCAST_PORT: text, EPICS_PVAS_SERVER_PORT: text })
    const client = contextConfig(undefined, settings)
    const server = serverConfig({}, false, settings)
    expect(client.options.broadcastPort).toBe(port)
    expect(effectiveOptions(server, server.settings).udpPort).toBe(port)
    for (const { definitions: given } of [client, server]) {
      const { EPICS_PVA_BROADCAST_PORT: udp } = definitions(given)
      expect(udp).toBe(warns ? undefined : String(port))
    }
    for (const name of ['EPICS_PVA_BROADCAST_PORT', 'EPICS_PVAS_SERVER_PORT']) {
      const said = lines.filter(({ level, message }) => level === 'warning' && message.startsWith(name))
      expect(said).toHaveLength(warns ? 2 : 0)
    }
  })
})

describe('an address of the environment with a bad port', () => {
  const lines = logged()
  it.each(['EPICS_PVA_ADDR_LIST', 'EPICS_PVA_NAME_SERVERS'])('%s: is ignored with a line', (name) => {
    const list = '10.0.0.1:70000 10.0.0.2:5076 10.0.0.3:-1 [::1]:99999 no_such_host'
    const { definitions: given } = contextConfig(undefined, env({ [name]: list }))
    expect(definitions(given)[name]).toBe('10.0.0.2:5076 no_such_host')
    expect(lines.map(({ message }) => message)).toEqual([
      `${name}: "10.0.0.1:70000" is ignored: "70000" is not a port`,
      `${name}: "10.0.0.3:-1" is ignored: "-1" is not a port`,
      `${name}: "[::1]:99999" is ignored: "99999" is not a port`,
    ])
  })
})

describe('warnings', () => {
  const lines = logged()

  it(
    '[103] a host that does not resolve is dropped with a line that names it',
    { timeout: 120_000 },
    async () => {
      const ctx = new Context({
        useEnv: false,
        addressList: ['no-such-host.invalid', '127.0.0.1'],
        autoAddressList: false,
      })
      const warned = (): LogLine | undefined =>
        lines.find(({ message }) => message.includes('no-such-host.invalid'))
      // A resolver that does not answer takes half a minute.
      await until(() => warned() !== undefined, 'the line', 90_000)
      expect(warned()?.level).toBe('warning')
      expect(await rejection(ctx.get('x', { timeout: 50 }))).toBeInstanceOf(TimeoutError)
      await ctx.close()
    },
  )

  it('a Context without any destination says so at once', async () => {
    const ctx = new Context({ useEnv: false, autoAddressList: false })
    expect(lines.some(({ level, message }) => level === 'warning' && message.includes('addressList'))).toBe(
      true,
    )
    await ctx.close()
  })
})
