// What the room needs of a machine, and what it leaves behind.
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, run, start } from '../docs/pages.js'
import { connectProxy } from './connect-proxy.js'
import { fakeOf, until } from './device.js'

let folder: string

// Without the addon's file.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-btrdb-'))
  await cp(join(root, 'dist'), join(folder, 'node_modules/node-pvxs/dist'), { recursive: true })
  await cp(join(root, 'package.json'), join(folder, 'node_modules/node-pvxs/package.json'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules/node-pvxs/node_modules'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rm(folder, { recursive: true }))

const hook = (missing: string): string =>
  `export const resolve = (specifier, context, next) => {
     if ('${missing}'.split(' ').some((name) => specifier.startsWith(name))) throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' })
     return next(specifier, context)
   }`

let programs = 0

async function program(name: string, code: string, missing?: string): Promise<string> {
  const path = join(folder, `${name}.mjs`)
  const body = `import { BTrDB } from 'node-pvxs/btrdb'\n${code}`
  if (missing === undefined) {
    await writeFile(path, body)
    return path
  }
  const inner = join(folder, `${name}-body.mjs`)
  await writeFile(inner, body)
  const url = `data:text/javascript,${encodeURIComponent(hook(missing))}`
  await writeFile(
    path,
    `import { register } from 'node:module'\nregister(${JSON.stringify(url)})\nawait import('./${name}-body.mjs')`,
  )
  return path
}

describe('a process', () => {
  it('works without the addon, and ends by itself while a client is idle', async () => {
    const fake = await fakeOf()
    const path = await program(
      'idle',
      `const db = await BTrDB.connect({ endpoint: process.argv[2] ?? process.env.FAKE })
       console.log((await db.info()).majorVersion)`,
    )
    const { code, stdout, stderr } = await run(path, { FAKE: fake.endpoint })
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '5\n', stderr: '' })
  })

  it('is held by a call that is pending', async () => {
    const fake = await fakeOf()
    fake.fail('Flush', { hang: true })
    const path = await program(
      'pending',
      `const db = await BTrDB.connect({ endpoint: process.env.FAKE, timeout: Infinity })
       await db.streamFromUuid('0'.repeat(32)).flush()`,
    )
    const child = start(path, { ...process.env, FAKE: fake.endpoint })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await until(() => fake.running === 1)
    expect(child.exitCode).toBe(null)
    child.kill()
    await ended
  })

  it('is warned once of a key that goes to another machine without encryption', async () => {
    const fake = await fakeOf()
    const proxy = await connectProxy(fake)
    const code = `
      const told = []
      process.on('warning', ({ code, message }) => told.push([code, message]))
      const connect = async (endpoint, options) => { await (await BTrDB.connect({ endpoint, ...options })).close() }
      const seen = async () => { await new Promise((resolve) => setImmediate(resolve)); return told.length }
      await connect('grid.example:4410', {})
      await connect(process.env.FAKE, { apiKey: 'SECRET' })
      const before = await seen()
      await connect('grid.example:4410', { apiKey: 'SECRET' })
      await connect('grid2.example:4410', { apiKey: () => 'SECRET' })
      console.log(before, await seen(), ...told[0])`
    const env = { FAKE: fake.endpoint, grpc_proxy: proxy.url, no_proxy: '', no_grpc_proxy: '' }
    const { stdout } = await run(await program('warned', code), env)
    expect(stdout).toBe(
      '0 1 NODE_PVXS_BTRDB_PLAINTEXT_KEY the API key for BTrDB goes to grid.example:4410 without encryption\n',
    )
    expect(proxy.asked).toEqual([
      'grid.example:4410',
      fake.endpoint,
      'grid.example:4410',
      'grid2.example:4410',
    ])
  })

  it.each([
    [
      '@grpc/grpc-js @bufbuild/protobuf',
      'npm install @grpc/grpc-js @bufbuild/protobuf',
      `await BTrDB.connect({ endpoint: 'h:1' })`,
    ],
    ['@grpc/grpc-js', 'npm install @grpc/grpc-js', `await BTrDB.connect({ endpoint: 'h:1' })`],
    ['@bufbuild/protobuf', 'npm install @bufbuild/protobuf', `await BTrDB.connect({ endpoint: 'h:1' })`],
    [
      'yaml',
      'npm install yaml',
      `
      const { mkdirSync, writeFileSync } = await import('node:fs')
      mkdirSync('home/.predictivegrid', { recursive: true })
      writeFileSync('home/.predictivegrid/credentials.yaml', 'default: {}')
      await BTrDB.connect({ home: 'home', env: {} })`,
    ],
    [
      'apache-arrow',
      'npm install apache-arrow',
      `
      const db = await BTrDB.connect({ endpoint: process.env.FAKE, transport: 'auto' })
      const stream = await db.create('0'.repeat(32), 'a')
      await stream.insert([[1n, 1]])
      const points = await stream.rawValues({ from: 0n, to: 5n })
      if (points.length !== 1) console.log(points)
      await points.toArrow()`,
    ],
    [
      'apache-arrow',
      'npm install apache-arrow',
      `
      const db = await BTrDB.connect({ endpoint: process.env.FAKE, transport: 'arrow' })
      await db.streamFromUuid('0'.repeat(32)).rawValues({ from: 0n, to: 5n })`,
    ],
    [
      'apache-arrow',
      'npm install apache-arrow',
      `
      const db = await BTrDB.connect({ endpoint: process.env.FAKE })
      for await (const _ of db.subscribe(['0'.repeat(32)]));`,
    ],
  ])('without the package %s says how to get it (%#)', async (missing, hint, code) => {
    const fake = await fakeOf()
    const name = `${missing.replaceAll(/\W/g, '')}-${++programs}`
    const tried = `try { ${code} } catch (error) { console.log(error.code, error.hint, error.op !== '') }`
    const { stdout, stderr } = await run(await program(name, tried, missing), { FAKE: fake.endpoint })
    expect({ stdout, stderr }).toEqual({ stdout: `ERR_BTRDB_PEER ${hint} true\n`, stderr: '' })
  })

  it('does not need yaml without a credentials file', async () => {
    const fake = await fakeOf()
    const code = `const db = await BTrDB.connect({ endpoint: process.env.FAKE }); console.log(db.server.majorVersion)`
    const { stdout } = await run(await program('noyaml', code, 'yaml'), { FAKE: fake.endpoint })
    expect(stdout).toBe('5\n')
  })
})
