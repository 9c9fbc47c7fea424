// Kerberos, with a package `kerberos` of the tests in place of the real one.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { basic, chain, negotiate, PiArgumentError, type PiWebApi } from 'node-pvxs/pi'
import { client, failureOf, plant } from './plant.js'

interface Script {
  /** What each step gives; an Error is thrown. */
  readonly steps: readonly (string | Error)[]
  /** After how many steps both sides are sure. */
  readonly complete: number
}

/** What the package was asked for. */
interface Seen {
  readonly clients: { service: string; options: Record<string, unknown>; challenges: string[] }[]
}

/** Puts a package `kerberos` in place whose contexts answer by the script. */
function kerberos({ steps, complete }: Script): Seen {
  const seen: Seen = { clients: [] }
  class KerberosClient {
    contextComplete = false
    response: string | null = null
    readonly #mine: Seen['clients'][number]

    constructor(service: string, options: Record<string, unknown>) {
      this.#mine = { service, options, challenges: [] }
      seen.clients.push(this.#mine)
    }

    async step(challenge: string): Promise<string> {
      this.#mine.challenges.push(challenge)
      const given = steps[this.#mine.challenges.length - 1] ?? new Error('no step is left')
      await Promise.resolve()
      if (given instanceof Error) throw given
      this.contextComplete = this.#mine.challenges.length >= complete
      this.response = given
      return given
    }
  }
  vi.doMock('kerberos', () => ({
    default: {
      initializeClient: (service: string, options: Record<string, unknown>) =>
        Promise.resolve(new KerberosClient(service, options)),
      GSS_C_DELEG_FLAG: 1,
      GSS_C_MUTUAL_FLAG: 2,
      GSS_C_SEQUENCE_FLAG: 8,
      GSS_MECH_OID_SPNEGO: 6,
    },
  }))
  return seen
}

type Answer = readonly [status: number, challenge?: string | readonly string[]]

/** A server that answers by this rule, and what it was sent. */
async function server(rule: (authorization: string | undefined) => Answer): Promise<{
  url: string
  sent: (string | undefined)[]
  ports: Set<number | undefined>
}> {
  const sent: (string | undefined)[] = []
  const ports = new Set<number | undefined>()
  const http = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { authorization } = request.headers
    sent.push(authorization)
    ports.add(request.socket.remotePort)
    const [status, challenge] = rule(authorization)
    response
      .writeHead(status, challenge === undefined ? {} : { 'www-authenticate': challenge as string })
      .end('{}')
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void http.close())
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, sent, ports }
}

afterEach(() => vi.doUnmock('kerberos'))

describe('negotiate', () => {
  it('sends a ticket with the first request, and checks what the server proves', async () => {
    const seen = kerberos({ steps: ['dGlja2V0', ''], complete: 2 })
    const { url, sent } = await server(() => [200, 'Negotiate cHJvb2Y='])
    await client(url, { auth: negotiate() }).system.landing()
    expect(sent).toEqual(['Negotiate dGlja2V0'])
    expect(seen.clients).toEqual([
      {
        service: 'HTTP@127.0.0.1',
        options: { mechOID: 6, flags: 10, gssFlag: 10 },
        challenges: ['', 'cHJvb2Y='],
      },
    ])
  })

  it('goes on for several legs, on one connection', async () => {
    const seen = kerberos({ steps: ['b25l', 'dHdv', 'dGhyZWU=', ''], complete: 4 })
    const { url, sent, ports } = await server((authorization) => {
      if (authorization === 'Negotiate dGhyZWU=') return [200, 'Negotiate ZG9uZQ==']
      return [
        401,
        ['Basic realm="x, y"', `Negotiate ${authorization === 'Negotiate b25l' ? 'QQ==' : 'Qg=='}`],
      ]
    })
    await client(url, { auth: negotiate() }).system.landing()
    expect(sent).toEqual(['Negotiate b25l', 'Negotiate dHdv', 'Negotiate dGhyZWU='])
    expect(seen.clients[0]?.challenges).toEqual(['', 'QQ==', 'Qg==', 'ZG9uZQ=='])
    expect(ports.size).toBe(1)
  })

  it('keeps the legs of requests side by side apart', async () => {
    const seen = kerberos({ steps: ['b25l', 'dHdv', ''], complete: 3 })
    const { url } = await server((authorization) =>
      authorization === 'Negotiate dHdv' ? [200, 'Negotiate ZG9uZQ=='] : [401, 'Negotiate QQ=='],
    )
    const pi = client(url, { auth: negotiate() })
    await pi.system.landing() // the first one loads the package
    await Promise.all([pi.system.landing(), pi.system.status(), pi.system.userInfo()])
    expect(seen.clients.map(({ challenges }) => challenges)).toEqual(Array(4).fill(['', 'QQ==', 'ZG9uZQ==']))
  })

  it('ends after five legs', async () => {
    kerberos({ steps: Array<string>(9).fill('bW9yZQ=='), complete: 99 })
    const { url, sent } = await server(() => [401, 'Negotiate bW9yZQ=='])
    const failed = await failureOf(client(url, { auth: negotiate() }).system.landing())
    expect(failed).toMatchObject({ code: 'ERR_PI_AUTH', status: 401, schemes: ['Negotiate'] })
    expect(sent).toHaveLength(5)
  })

  it('does not repeat a ticket that was refused', async () => {
    kerberos({ steps: ['dGlja2V0'], complete: 1 })
    const { url, sent } = await server(() => [401, ['Negotiate', 'NTLM']])
    const failed = await failureOf(client(url, { auth: negotiate() }).system.landing())
    expect(failed).toMatchObject({ code: 'ERR_PI_AUTH', schemes: ['Negotiate', 'NTLM'] })
    expect(failed.hint).toMatch(/klist.*SPN.*double hop/)
    expect(sent).toEqual(['Negotiate dGlja2V0'])
  })

  it('says why the server refuses a ticket', async () => {
    const why = 'Unspecified GSS failure.  Minor code may provide more information: The ticket isn’t for us'
    kerberos({ steps: ['dGlja2V0', new Error(why)], complete: 9 })
    const { url } = await server(() => [401, 'Negotiate ZXJyb3I='])
    expect(await failureOf(client(url, { auth: negotiate() }).system.landing())).toMatchObject({
      code: 'ERR_PI_AUTH',
      status: 401,
      schemes: ['Negotiate'],
      message: expect.stringMatching(
        /refuses the ticket for HTTP@127.0.0.1: The ticket isn’t for us \(.*SPN/,
      ),
    })
  })

  it.each([
    ['throws', [new Error('Message stream modified')], 3],
    ['is never complete', ['', ''], 9],
  ] as const)('fails the call when the proof of the server %s', async (_, [proof], complete) => {
    kerberos({ steps: ['dGlja2V0', proof], complete })
    const { url } = await server(() => [200, 'Negotiate d3Jvbmc='])
    const failed = await failureOf(client(url, { auth: negotiate() }).system.landing())
    expect(failed).toMatchObject({ code: 'ERR_PI_AUTH', message: expect.stringContaining('did not prove') })
  })

  it('takes the service, the principal and delegation', async () => {
    const seen = kerberos({ steps: ['dGlja2V0'], complete: 1 })
    const { url } = await server(() => [200])
    const auth = negotiate({ service: 'HTTP/pi.plant.lab', principal: 'me@PLANT.LAB', delegate: true })
    await client(url, { auth }).system.landing()
    expect(seen.clients[0]).toMatchObject({
      service: process.platform === 'win32' ? 'HTTP/pi.plant.lab' : 'HTTP@pi.plant.lab',
      options: { flags: 11, principal: 'me@PLANT.LAB' },
    })
  })

  it.each([
    ['No Kerberos credentials available (default cache: FILE:/tmp/krb5cc_0)', /kinit/],
    ['Server HTTP/x@LAB not found in Kerberos database', /SPN.*"service"/],
    ['Ticket expired', /kinit again/],
    ['Cannot contact any KDC for realm LAB', /krb5\.conf/],
    ['Clock skew too great', /clocks/],
  ])('tells what to do about: %s', async (said, hint) => {
    kerberos({ steps: [new Error(said)], complete: 1 })
    const { url, sent } = await server(() => [200])
    const failed = await failureOf(client(url, { auth: negotiate() }).system.landing())
    expect(failed.code).toBe('ERR_PI_AUTH')
    expect(failed.message).toContain(said)
    expect(failed.hint).toMatch(hint)
    expect(sent).toEqual([])
  })

  it('in a chain is used only where the server offers it', async () => {
    const seen = kerberos({ steps: ['dGlja2V0', ''], complete: 2 })
    const { sim, pi } = await plant(
      { auth: { user: 'me', password: 'geheim' } },
      { auth: chain(negotiate(), basic('me', 'geheim')) },
    )
    await pi.system.landing()
    expect(seen.clients).toEqual([])
    expect(sim.requests).toHaveLength(2)

    const { url, sent } = await server((authorization) =>
      authorization === undefined ? [401, ['Basic', 'Negotiate']] : [200, 'Negotiate cHJvb2Y='],
    )
    await client(url, { auth: chain(negotiate(), basic('me', 'geheim')) }).system.landing()
    expect(sent).toEqual([undefined, 'Negotiate dGlja2V0'])
    expect(seen.clients[0]?.challenges).toEqual(['', 'cHJvb2Y='])
  })

  it('shows no token anywhere', async () => {
    kerberos({ steps: ['VElDS0VU', 'TU9SRQ==', ''], complete: 3 })
    const { url } = await server((authorization) =>
      authorization === 'Negotiate TU9SRQ==' ? [403, 'Negotiate UFJPT0Y='] : [401, 'Negotiate Q0hBTExFTkdF'],
    )
    const seen: unknown[] = []
    const auth = negotiate()
    const pi: PiWebApi = client(url, {
      auth,
      onRequest: (request) => seen.push(request),
      onResponse: (response) => seen.push(response),
    })
    const answer = await pi.request({ verb: 'GET', path: 'system' }).catch((error: unknown) => error)
    const failed = await failureOf(pi.system.landing())
    const shown = [pi, pi.stats, auth, answer, failed, ...seen].map(
      (one) => inspect(one, { depth: 9, showHidden: true }) + JSON.stringify(one),
    )
    expect(shown.join()).not.toMatch(/VElDS0VU|TU9SRQ|UFJPT0Y|Q0hBTExFTkdF/)
    expect(seen.length).toBeGreaterThan(1)
  })

  it('says what to install when the package is not there', async () => {
    const { url, sent } = await server(() => [200])
    const failed = await failureOf(client(url, { auth: negotiate() }).system.landing())
    expect(failed).toMatchObject({
      code: 'ERR_PI_PEER',
      message: expect.stringContaining('npm install kerberos@7'),
    })
    expect(sent).toEqual([])
  })

  it.each([
    [{ service: 'pi.lab' }, 'service'],
    [{ service: 5 }, 'service'],
    [{ principal: '' }, 'principal'],
    [{ delegate: 'yes' }, 'delegate'],
    [{ realm: 'LAB' }, 'realm'],
  ])('refuses %j', (options, named) => {
    expect(() => negotiate(options as object)).toThrow(PiArgumentError)
    expect(() => negotiate(options as object)).toThrow(named)
  })
})
