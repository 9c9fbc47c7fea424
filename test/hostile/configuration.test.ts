// Bad input as configuration (C): options of Context and Server, and the environment. Each case with what becomes of it.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Context, NTScalar, Server, setLogger, SharedPV, type LogLine } from 'node-pvxs'
import { leavesNothing, loopback, rejection, thrown, until } from '../unit/fixtures.js'

leavesNothing()

const ARGUMENT = 'ERR_PVA_ARGUMENT'

describe('C. configuration', () => {
  const ok = 'accepted'
  const base = { useEnv: false, autoAddressList: false, interfaces: ['127.0.0.1'] }
  const contexts: readonly (readonly [string, object | null, string])[] = [
    ['address 999.1.1.1', { addressList: ['999.1.1.1'] }, ARGUMENT],
    ['host that does not resolve', { addressList: ['no-such-host.invalid'] }, ok],
    ['port -1', { addressList: ['127.0.0.1:-1'] }, ARGUMENT],
    ['port 65536', { addressList: ['127.0.0.1:65536'] }, ARGUMENT],
    ['port alone', { addressList: [':5076'] }, ARGUMENT],
    ['[::1 not closed', { addressList: ['[::1'] }, ARGUMENT],
    ['IPv6', { addressList: ['[::1]:5076'] }, ok],
    ['empty text', { addressList: [''] }, ARGUMENT],
    ['two in one text', { addressList: ['127.0.0.1 127.0.0.2'] }, ARGUMENT],
    ['semicolon', { addressList: ['127.0.0.1;127.0.0.2'] }, ARGUMENT],
    ['not ASCII', { addressList: ['höst'] }, ARGUMENT],
    ['text for a list', { addressList: '127.0.0.1' }, ARGUMENT],
    ['number in a list', { addressList: [5] }, ARGUMENT],
    ['empty list', { addressList: [] }, ok],
    ['twice the same', { addressList: ['127.0.0.1', '127.0.0.1'] }, ok],
    ['interface that is not an address of this host', { interfaces: ['192.0.2.1'] }, ok],
    ['multicast as interface', { interfaces: ['224.0.0.128'] }, ok],
    ['interface after @ that is not there', { addressList: ['224.0.0.128,1@nosuchif'] }, ok],
    ['TTL that is not a number', { addressList: ['224.0.0.128,x@lo'] }, ARGUMENT],
    ['@ and nothing', { addressList: ['127.0.0.1@'] }, ARGUMENT],
    ['broadcastPort 0', { broadcastPort: 0 }, ARGUMENT],
    ['broadcastPort 65536', { broadcastPort: 65_536 }, ARGUMENT],
    ['serverPort 1.5', { serverPort: 1.5 }, ARGUMENT],
    ['connectionTimeout 0', { connectionTimeout: 0 }, ARGUMENT],
    ['connectionTimeout -5', { connectionTimeout: -5 }, ARGUMENT],
    ['connectionTimeout 1e12', { connectionTimeout: 1e12 }, ok],
    ['connectionTimeout 1e13', { connectionTimeout: 1e13 }, ARGUMENT],
    ['timeout 0', { timeout: 0 }, ARGUMENT],
    ['name server without host', { nameServers: [':5075'] }, ARGUMENT],
    ['unknown key', { addresslist: [] }, ARGUMENT],
    ['null', null, ARGUMENT],
  ]

  it.each(contexts)('Context: %s', async (_, options, expected) => {
    setLogger(() => undefined) // a host that does not resolve is a warning
    let got = ok
    try {
      const ctx = new Context(options === null ? (null as never) : { ...base, ...options })
      await rejection(ctx.get('x', { timeout: 50 }))
      await ctx.close()
    } catch (error) {
      got = (error as { code: string }).code
    } finally {
      setLogger(null)
    }
    expect(got).toBe(expected)
  })

  it.each(contexts.filter(([, options, code]) => options !== null && code === ARGUMENT))(
    'Context: %s is refused with the option and what it was',
    (_, options) => {
      const [name = '', value] = Object.entries(options ?? {})[0] ?? []
      const { message } = thrown(() => new Context({ ...base, ...options }))
      expect(message).toContain(name)
      if (name !== 'addresslist') expect(message).toContain(String(value))
    },
  )

  describe('the environment', () => {
    afterEach(() => {
      vi.unstubAllEnvs()
      setLogger(null)
    })

    // what of it is in force, and the line that says what is not
    const variables: readonly (readonly [string, string, object, RegExp | null])[] = [
      ['ADDR_LIST', '999.1.1.1', {}, /ADDR_LIST.*999\.1\.1\.1/],
      ['ADDR_LIST', 'no-such-host.invalid', {}, /ADDR_LIST.*no-such-host\.invalid/],
      ['ADDR_LIST', '127.0.0.1:-1', {}, /ADDR_LIST.*127\.0\.0\.1:-1/],
      ['ADDR_LIST', ':5076', {}, /ADDR_LIST.*:5076/],
      ['ADDR_LIST', '[::1', {}, /ADDR_LIST.*\[::1/],
      ['ADDR_LIST', '224.0.0.128,1@nosuchif', {}, /nosuchif/],
      ['ADDR_LIST', '127.0.0.1;127.0.0.2', {}, /ADDR_LIST.*127\.0\.0\.1;127\.0\.0\.2/],
      ['ADDR_LIST', 'höst', {}, /ADDR_LIST.*h(ö|\\xc3\\xb6)st/],
      ['ADDR_LIST', '', { addressList: [] }, null],
      ['NAME_SERVERS', 'a;b', {}, /NAME_SERVERS.*a;b/],
      ['INTF_ADDR_LIST', 'a;b', {}, /INTF_ADDR_LIST.*a;b/],
      ['AUTO_ADDR_LIST', 'perhaps', {}, /AUTO_ADDR_LIST.*perhaps/],
      ['CONN_TMO', '0', { connectionTimeout: 30_000 }, null],
      ['CONN_TMO', '-5', { connectionTimeout: 30_000 }, /CONN_TMO.*-5/],
      ['CONN_TMO', 'soon', { connectionTimeout: 30_000 }, /CONN_TMO.*soon/],
      ['CONN_TMO', '1e9', { connectionTimeout: 1e12 }, null],
      ['BROADCAST_PORT', '65536', { broadcastPort: 5076 }, /BROADCAST_PORT.*65536/],
      ['SERVER_PORT', '65536', { serverPort: 5075 }, /SERVER_PORT.*65536/],
      ['SERVER_PORT', '-1', { serverPort: 5075 }, /SERVER_PORT.*-1/],
    ]
    it.each(variables)('EPICS_PVA_%s=%s', async (name, text, inForce, says) => {
      const lines: string[] = []
      setLogger(({ message }: LogLine) => lines.push(message))
      vi.stubEnv('EPICS_PVA_AUTO_ADDR_LIST', 'NO')
      vi.stubEnv('EPICS_PVA_INTF_ADDR_LIST', '127.0.0.1')
      vi.stubEnv(`EPICS_PVA_${name}`, text)
      // a server that is named is reached whatever the environment says
      await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32'), { value: 3 }) })
      await using ctx = new Context()
      expect(ctx.config).toMatchObject(inForce)
      expect((await ctx.get('x', { server: `127.0.0.1:${it.server.tcpPort}` })).value).toBe(3)
      // a thread of its own brings them
      if (says !== null) await until(() => lines.some((line) => says.test(line)), `a line like ${says}`)
    })
  })

  it('twice the same address: found once, and answered once', async () => {
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32'), { value: 3 }) })
    const { addressList } = it.server.clientConfig()
    await using ctx = new Context({ ...it.server.clientConfig(), addressList: [...addressList, ...addressList] }) // prettier-ignore
    expect((await ctx.get('x')).value).toBe(3)
    expect(ctx.stats().connections).toHaveLength(1)
  })

  const servers: readonly (readonly [string, object, string])[] = [
    ['tcpPort 65536', { tcpPort: 65_536 }, ARGUMENT],
    ['tcpPort -1', { tcpPort: -1 }, ARGUMENT],
    ['udpPort text', { udpPort: '5076' }, ARGUMENT],
    ['interface that is not an address of this host', { interfaces: ['192.0.2.1'] }, ARGUMENT],
    ['interface that does not resolve', { interfaces: ['no-such-host.invalid'] }, 'ERR_PVA_ARGUMENT'],
    ['multicast as interface', { interfaces: ['224.0.0.128'] }, ok], // searches may come that way
    ['interface 999.1.1.1', { interfaces: ['999.1.1.1'] }, ARGUMENT],
    ['interfaces empty: all of them', { interfaces: [] }, ok],
    ['twice the same interface', { interfaces: ['127.0.0.1', '127.0.0.1'] }, ok],
    ['interface after @ that is not there', { interfaces: ['224.0.0.128,1@nosuchif'] }, 'ERR_PVA'],
    ['beacons to 999.1.1.1', { beaconDestinations: ['999.1.1.1'] }, ARGUMENT],
    ['beacons to two in one text', { beaconDestinations: ['127.0.0.1 127.0.0.2'] }, ARGUMENT],
    ['beacons to a host that does not resolve', { beaconDestinations: ['no-such-host.invalid'] }, ok],
    ['ignored port -1', { ignoreAddresses: ['127.0.0.1:-1'] }, ARGUMENT],
    ['ignored text for a list', { ignoreAddresses: '127.0.0.1' }, ARGUMENT],
    ['connectionTimeout 0', { connectionTimeout: 0 }, ARGUMENT],
    ['connectionTimeout -5', { connectionTimeout: -5 }, ARGUMENT],
    ['connectionTimeout 1e12', { connectionTimeout: 1e12 }, ok],
    ['connectionTimeout 1e13', { connectionTimeout: 1e13 }, ARGUMENT],
    ['maxQueueSize 63', { maxQueueSize: 63 }, ARGUMENT],
    ['maxQueueSize 64', { maxQueueSize: 64 }, ok],
    ['handlerTimeout 0', { handlerTimeout: 0 }, ARGUMENT],
    ['pvs with a bad name', { pvs: { ' ': SharedPV.mailbox(new NTScalar('int32')) } }, ARGUMENT],
    ['pvs of what is not a PV', { pvs: { x: {} } }, ARGUMENT],
    ['pvs that are a Map', { pvs: new Map() }, ARGUMENT],
    ['pvs that are an array', { pvs: [] }, ARGUMENT],
    ['pvs that are a class instance', { pvs: new Date() }, ARGUMENT],
    ['unknown key', { port: 5 }, ARGUMENT],
  ]

  it.each(servers)('Server: %s', async (_, options, expected) => {
    setLogger(() => undefined)
    try {
      const got = await Server.start({ isolated: true, ...options }).then(
        async (server) => {
          await server.close()
          return ok
        },
        (error: unknown) => (error as { code: string }).code,
      )
      expect(got).toBe(expected)
    } finally {
      setLogger(null)
    }
  })

  it('a TCP port that is taken: another one is used, and shown', async () => {
    await using first = await Server.start({ isolated: true })
    setLogger(() => undefined) // a warning says so
    await using second = await Server.start({ isolated: true, tcpPort: first.tcpPort })
    setLogger(null)
    expect(second.tcpPort).not.toBe(first.tcpPort)
    expect(second.tcpPort).toBeGreaterThan(0)
  })

  it('the same number for TCP and UDP: two ports', async () => {
    await using first = await Server.start({ isolated: true })
    const { tcpPort } = first
    await first.close()
    await using it = await loopback({ x: SharedPV.mailbox(new NTScalar('int32'), { value: 3 }) })
    await using second = await Server.start({
      isolated: true,
      tcpPort,
      udpPort: tcpPort,
      pvs: { y: SharedPV.mailbox(new NTScalar('int32'), { value: 4 }) },
    })
    expect({ tcpPort: second.tcpPort, udpPort: second.udpPort }).toEqual({ tcpPort, udpPort: tcpPort })
    await using ctx = new Context(second.clientConfig())
    expect((await ctx.get('y')).value).toBe(4)
    expect((await it.ctx.get('x')).value).toBe(3)
  })

  it('a name server that is a web server: nothing is found, nothing breaks', async () => {
    const { createServer } = await import('node:http')
    const web = createServer((_, response) => response.end('hello'))
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    const { port } = web.address() as { port: number }
    setLogger(() => undefined)
    try {
      await using ctx = new Context({ ...base, addressList: [], nameServers: [`127.0.0.1:${port}`] })
      expect((await rejection(ctx.get('x', { timeout: 500 }))).code).toBe('ERR_PVA_TIMEOUT')
    } finally {
      setLogger(null)
      web.closeAllConnections()
      web.close()
    }
  })
})
