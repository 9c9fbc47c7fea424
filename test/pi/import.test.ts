// What the room needs of a machine: not the addon, and its packages no sooner than they are used.
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root, run } from '../docs/pages.js'

let folder: string

// The built package without the addon's file.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-pi-'))
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rm(folder, { recursive: true }))

/** Runs a program in which no binary can be loaded; gives what it printed when it ended well. */
async function printed(name: string, code: string): Promise<string> {
  const file = join(folder, `${name}.js`)
  await writeFile(file, `process.dlopen = () => { throw new Error('no addon here') }\n${code}`)
  const { code: exit, stdout, stderr } = await run(file, {})
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  return stdout
}

it('a value is read from the simulator without the addon and without optional packages', async () => {
  const said = await printed(
    'value',
    `
    const { negotiate, PiWebApi } = await import('./dist/pi/index.js')
    const { loopback, piSimulator } = await import('./dist/testing/index.js')
    const sim = await piSimulator({ points: { sinusoid: { value: 1 } } })
    const pi = new PiWebApi(sim.url)
    const addon = await loopback({}).then(() => 'addon', () => 'no addon')
    console.log(addon, (await pi.value('sinusoid')).value)
    const ticket = new PiWebApi(sim.url, { auth: negotiate() })
    console.log(await ticket.value('sinusoid').catch((error) => error.code + ': ' + error.message))
    await pi.close()
    await ticket.close()
    await sim.close()`,
  )
  const peer =
    'ERR_PI_PEER: negotiate needs the package kerberos, which is not installed: npm install kerberos@7'
  expect(said).toBe(`no addon 1\n${peer}\n`)
})

it('channels, stream updates, a managed stream and the pipeline work without the addon', async () => {
  const said = await printed(
    'live',
    `
    const { piSamples, PiWebApi } = await import('./dist/pi/index.js')
    const { ManagedStream } = await import('./dist/stream/index.js')
    const { Batcher } = await import('./dist/telemetry/index.js')
    const { piSimulator } = await import('./dist/testing/index.js')
    const sim = await piSimulator({ points: { a: { value: 1 }, b: { value: 10 } } })
    const pi = new PiWebApi(sim.url)
    const channel = await pi.channel(['a'], { reconnect: { min: 1 } })
    const next = async () => {
      const { source, items } = await channel.recv()
      console.log(source, ...items.map(({ ref, value }) => ref + '=' + value))
    }
    await next()
    sim.post('a', 2)
    await next()
    sim.dropSockets()
    sim.post('a', 3)
    await next()
    await channel.update({ add: ['b'] })
    await next()
    await channel.close()
    for await (const { value } of pi.watch(['b'])) {
      console.log('watch', value)
      break
    }
    const updates = pi.updates(['a'], { interval: 1 })
    const turn = updates.next()
    const signed = setInterval(() => sim.post('a', 4), 1)
    console.log('updates', (await turn).value[0].value)
    clearInterval(signed)
    await updates.return()
    const batcher = new Batcher(pi.sink({ create: true }))
    const stream = new ManagedStream(pi.source(), { handler: piSamples({ id: ({ name }) => 'copy:' + name }) })
    await stream.start(['b'])
    for await (const sample of stream) {
      await batcher.push([sample])
      break
    }
    await stream.stop()
    await batcher.close()
    // A new point begins with the state of when it was made, which has no value.
    for await (const page of pi.history().read('copy:b', { from: 0n, to: new Date(Date.now() + 1000) }))
      console.log('kept', ...page.map(({ value }) => value).filter((value) => value !== null))
    await pi.close()
    await sim.close()`,
  )
  expect(said.split('\n')).toEqual([
    'initial a=1',
    'live a=2',
    'backfill a=3',
    'initial b=10',
    'watch 10',
    'updates 4',
    'kept 10',
    '',
  ])
})

/** Refuses the packages whose names match. */
const hookOf = (refused: string): string => {
  const code = `export const resolve = (specifier, context, next) => {
    if (/${refused}/.test(specifier) && !specifier.startsWith('node:')) throw new Error(specifier + ' is asked for')
    return next(specifier, context)
  }`
  return `
    import { register } from 'node:module'
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(code)}`)})`
}

it('node-pvxs/testing loads none of its packages before a server is started', async () => {
  const said = await printed(
    'lazy',
    `${hookOf('^[a-z@]')}
    const { btrdbFake, loopback, piSimulator } = await import('./dist/testing/index.js')
    console.log(typeof btrdbFake, typeof loopback, typeof piSimulator)
    console.log(await piSimulator().catch(({ message }) => message))`,
  )
  expect(said).toMatch(/^function function function\n\S+ is asked for\n$/)
})

it('node-pvxs/pi loads the packages of its connections with the first of them', async () => {
  const said = await printed(
    'first',
    `${hookOf('^(undici|ws)$')}
    const { PiWebApi } = await import('./dist/pi/index.js')
    const pi = new PiWebApi('http://127.0.0.1:9')
    console.log(pi.build.streams.getEnd({ webId: 'I1DP' }).path)
    console.log(await pi.system.landing().catch(({ message }) => message))
    const webId = 'I1DPAQAAAAAAAAAAAAAAAAAAAAAQAAAA'
    console.log(await pi.channel([{ webId }], { resolve: false }).catch(({ message }) => message))
    await pi.close()`,
  )
  expect(said).toBe('streams/I1DP/end\nundici is asked for\nws is asked for\n')
})
