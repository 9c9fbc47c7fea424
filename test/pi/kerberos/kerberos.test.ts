// Kerberos against a real KDC and an Apache that asks for tickets, in front of the simulator. TEST_KERBEROS=1 runs it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { piSimulator, type PiSimulator } from 'node-pvxs/testing'
import { unless } from '../../needs.js'
import { project, type Project } from './program.js'
import { realm, type Realm } from './realm.js'

// Whoever asks for it gets an error, and no skipped test, where a package is missing.
const need = unless(
  process.env['TEST_KERBEROS'] === '1'
    ? undefined
    : 'a KDC and an Apache are started only where TEST_KERBEROS=1 asks for it',
)

describe.skipIf(need.missing)(need.named('Kerberos'), () => {
  const stack: AsyncDisposable[] = []
  let plant: Realm
  let programsOf: Project
  let sim: PiSimulator

  beforeAll(async () => {
    sim = await piSimulator({ points: { sinusoid: { value: 1.5 }, level: { value: 1 } } })
    stack.push(sim)
    plant = await realm(sim.url)
    stack.push(plant)
    programsOf = await project()
    stack.push(programsOf)
  }, 120_000)
  afterAll(async () => {
    for (const one of stack.reverse()) await one[Symbol.asyncDispose]()
  })

  /** What a program prints that reads a value with this authentication. */
  const read = (auth: string, env: NodeJS.ProcessEnv): Promise<string> =>
    programsOf.run(
      `
      import { inspect } from 'node:util'
      const proofs = []
      const auth = ${auth}
      const onResponse = ({ headers }) => proofs.push(headers['www-authenticate'])
      const pi = new PiWebApi('${plant.url}', { ...(auth && { auth }), onResponse })
      try {
        const { value } = await pi.value('sinusoid')
        const more = await Promise.all(Array.from({ length: 20 }, () => pi.system.landing()))
        console.log(value, more.length, new Set(proofs))
      } catch (error) {
        console.log(inspect(error, { depth: 9, showHidden: true }))
      }
      await pi.close()`,
      env,
    )

  it('lets a ticket in, and the server proves itself with each answer', async () => {
    const said = await read('negotiate()', await plant.ticket('me'))
    expect(said).toBe("1.5 20 Set(1) { 'Negotiate' }\n")
  })

  it('lets a ticket in at the upgrade of a channel', async () => {
    const said = await programsOf.run(
      `
      const pi = new PiWebApi('${plant.url}', { auth: negotiate() })
      const channel = await pi.channel(['sinusoid'])
      const { items } = await channel.recv()
      console.log(items[0].ref, items[0].value)
      await channel.close()
      await pi.close()`,
      await plant.ticket('me'),
    )
    expect(said).toBe('sinusoid 1.5\n')
  })

  it('lets a ticket in at each reconnect of a channel, and its archive fills the gap', async () => {
    let drops = 1 // the request that asks for it is cut too, and tried again
    sim.intercept(({ path }) => {
      if (path === 'system/versions' && drops-- > 0)
        setImmediate(() => {
          sim.dropSockets()
          sim.post('level', 2)
        })
      return undefined
    })
    const said = await programsOf.run(
      `
      const pi = new PiWebApi('${plant.url}', { auth: negotiate() })
      const channel = await pi.channel(['level'], { reconnect: { min: 10 } })
      await channel.recv()
      await pi.request({ verb: 'GET', path: 'system/versions' })
      await channel.recv()
      console.log(channel.stats.reconnects, channel.stats.backfilled, channel.state)
      await channel.close()
      await pi.close()`,
      await plant.ticket('me'),
    )
    sim.intercept(undefined)
    expect(said).toBe('1 1 open\n')
  })

  it('says at the upgrade of a channel what is wrong', async () => {
    const said = await programsOf.run(
      `
      const pi = new PiWebApi('${plant.url}', { auth: basic('me', 'x') })
      const error = await pi.channel([{ webId: 'I1DPAQAAAAAAAAAAAAAAAAAAAAAQAAAA' }], { resolve: false }).catch((e) => e)
      console.log(error.code, error.hint ?? error.message)
      await pi.close()`,
      await plant.ticket('me'),
    )
    expect(said).toMatch(/^ERR_PI_AUTH the server offers Negotiate; .*klist/)
  })

  it('takes a keytab in place of a ticket', async () => {
    expect(await read('negotiate()', plant.keytab)).toMatch(/^1\.5 20/)
  })

  it('takes the ticket of the principal that is named, and no other', async () => {
    const env = await plant.ticket('other')
    expect(await read("negotiate({ principal: 'other@PLANT.TEST' })", env)).toMatch(/^1\.5 20/)
    expect(await read("negotiate({ principal: 'me@PLANT.TEST' })", env)).toMatch(/ERR_PI_AUTH/)
  })

  it('is what a chain takes when the server offers it', async () => {
    expect(await read("chain(basic('me', 'x'), negotiate())", await plant.ticket('me'))).toMatch(/^1\.5 20/)
  })

  it('says that a ticket is missing', async () => {
    const said = await read('negotiate()', await plant.ticket())
    expect(said).toMatch(/PiAuthError: negotiate: no Kerberos token for HTTP@127\.0\.0\.1.*kinit/)
  })

  it('says that a service name is not registered', async () => {
    const said = await read("negotiate({ service: 'HTTP@nowhere.test' })", await plant.ticket('me'))
    expect(said).toMatch(/no Kerberos token for HTTP@nowhere\.test: .*not found in Kerberos database \(.*SPN/)
  })

  it('says why the server refuses a ticket that is for another service', async () => {
    const said = await read("negotiate({ service: 'HTTP@elsewhere.test' })", await plant.ticket('me'))
    expect(said).toMatch(/refuses the ticket for HTTP@elsewhere\.test: The ticket isn't for us \(.*SPN/)
    expect(said).not.toMatch(/YII/)
  })

  it('says what the server offers when there is no authentication', async () => {
    const said = await read('undefined', await plant.ticket('me'))
    expect(said).toMatch(/ERR_PI_AUTH/)
    expect(said).toMatch(/offers Negotiate/)
  })
})
