// The package as npm would get it, with the addon of this build: what it holds, and that it runs where nothing else is.
import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../docs/pages.js'

interface Packed {
  readonly file: string
  readonly names: readonly string[]
}
interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

let folder: string
let packed: Packed
let project: string

const modules = (): string => join(project, 'node_modules')
const installed = (): string => join(modules(), 'node-pvxs')

function exec(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: project, env: env ?? process.env, timeout: 60_000 }
    const child = execFile(command, args, options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr })
    })
  })
}

/** A program of the project, with an empty PATH. */
const node = (...args: string[]): Promise<Ended> => exec(process.execPath, args, { PATH: '' })

const importError = async (): Promise<string> => {
  const code = `import('node-pvxs').then(({ version }) => version()).catch((error) => console.log(error.message))`
  return (await node('--input-type=module', '-e', code)).stdout
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-tarball-'))
  project = folder
  const { code, stdout, stderr } = await exec(process.execPath, [
    join(root, 'scripts/package/pack.mjs'),
    folder,
  ])
  expect(code, stderr).toBe(0)
  packed = JSON.parse(stdout) as Packed
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

// What `npm install` makes of the tarball, without a registry.
beforeEach(async () => {
  project = await mkdtemp(join(folder, 'project-'))
  await mkdir(installed(), { recursive: true })
  await exec('tar', ['-xzf', packed.file, '--strip-components=1', '-C', installed()])
  await rm(join(installed(), 'prebuilds'), { recursive: true, force: true })
  for (const name of ['jsonc-parser', 'node-gyp-build', 'undici', 'ws', 'lossless-json'])
    await cp(join(root, 'node_modules', name), join(modules(), name), { recursive: true })
  await cp(join(root, 'test/package/project'), project, { recursive: true })
})

async function placeAddon(): Promise<void> {
  await mkdir(join(installed(), 'build/Release'), { recursive: true })
  await copyFile(
    join(root, 'build/Release/node_pvxs.node'),
    join(installed(), 'build/Release/node_pvxs.node'),
  )
}

describe('the tarball', { timeout: 60_000 }, () => {
  it('holds the programs, the sources of everything, and the licences', async () => {
    const third = packed.names.filter((name) => name.startsWith('third_party/'))
    expect(third.some((name) => name.endsWith('libcom/src/yajl/yajl.c'))).toBe(true)
    expect(third.some((name) => name.endsWith('/src/client.cpp'))).toBe(true)
    const licences = await readFile(join(installed(), 'THIRD-PARTY-LICENSES.txt'), 'utf8')
    for (const owner of ['EPICS libCom', 'PVXS', 'libevent', 'yajl', 'node-addon-api'])
      expect(licences).toContain(owner)
  })

  it('holds no tests, no tools and nothing of this machine', async () => {
    const top = new Set(packed.names.map((name) => name.split('/')[0]))
    for (const name of ['lib-ts', 'test', 'bench', 'scripts', 'docs', 'examples', 'build'])
      expect(top).not.toContain(name)
    for (const name of packed.names.filter((name) => !name.endsWith('.node')))
      expect((await readFile(join(installed(), name))).includes(root), name).toBe(false)
  })

  it('runs no script at install, and depends on five small packages only', async () => {
    const text = await readFile(join(installed(), 'package.json'), 'utf8')
    const { scripts, dependencies } = JSON.parse(text) as Record<string, Record<string, string>>
    for (const name of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toHaveProperty(name)
    expect(Object.keys(dependencies ?? {})).toEqual([
      'jsonc-parser',
      'lossless-json',
      'node-gyp-build',
      'undici',
      'ws',
    ])
  })

  it('is what publint wants', async () => {
    const publint = join(root, 'node_modules/publint/src/cli.js')
    const { code, stdout, stderr } = await exec(process.execPath, [publint, packed.file, '--strict'])
    expect(code, stdout + stderr).toBe(0)
  })

  it.each(['smoke.mjs', 'required.cjs'])('works: %s', async (script) => {
    await placeAddon()
    const { code, stdout, stderr } = await node(script)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^ok: /)
  })
})

// What a machine without a binary for it can still use.
describe("without the addon's file", { timeout: 60_000 }, () => {
  it.each([
    [
      'stream',
      `const { BoundedQueue } = await import('node-pvxs/stream')
       const queue = new BoundedQueue()
       await queue.push('ok')
       console.log(await queue.take())`,
    ],
    [
      'telemetry',
      `const { Batcher, samples } = await import('node-pvxs/telemetry')
       samples()
       const sink = { write: async (batch) => (console.log(batch[0].value), { written: 1, rejected: [] }) }
       const batcher = new Batcher(sink)
       await batcher.push([{ series: { id: 'x', type: 'string' }, time: 1n, value: 'ok', severity: 0 }])
       await batcher.close()`,
    ],
    [
      'influx',
      `const { encodePoints, InfluxDB } = await import('node-pvxs/influx')
       encodePoints([{ measurement: 'm', fields: { v: 1 } }])
       const db = new InfluxDB({ url: 'http://127.0.0.1:1' })
       const { code } = await db.ping().catch((error) => error)
       console.log(code === 'ERR_INFLUX_CONNECTION' ? 'ok' : code)`,
    ],
    [
      'btrdb',
      `const { BTrDB, pvUuid } = await import('node-pvxs/btrdb')
       pvUuid('lab:temperature')
       const { code, hint } = await BTrDB.connect({ endpoint: '127.0.0.1:1' }).catch((error) => error)
       const peers = '@grpc/grpc-js @bufbuild/protobuf'
       console.log(code === 'ERR_BTRDB_PEER' && peers.includes(hint.replace('npm install ', '')) ? 'ok' : code)`,
    ],
    [
      'kafka',
      `const { KafkaReader, KafkaSink } = await import('node-pvxs/kafka')
       const reader = new KafkaReader({ brokers: ['127.0.0.1:1'], topics: ['t'], group: 'g' })
       const sink = new KafkaSink({ brokers: ['127.0.0.1:1'], topic: 't' })
       for (const asked of [reader[Symbol.asyncIterator]().next(), sink.write([])]) {
         const { code, message } = await asked.catch((error) => error)
         if (code !== 'ERR_KAFKA_PEER' || !message.includes('npm install @platformatic/kafka')) console.log(code, message)
       }
       console.log('ok')`,
    ],
    [
      'nats',
      `const { NatsReader, NatsSink, subjectOf } = await import('node-pvxs/nats')
       subjectOf('lab:temperature')
       const reader = new NatsReader({ servers: ['127.0.0.1:1'], stream: 's', consumer: 'c' })
       const sink = new NatsSink({ servers: ['127.0.0.1:1'], stream: 's' })
       for (const asked of [reader[Symbol.asyncIterator]().next(), sink.write([])]) {
         const { code, message } = await asked.catch((error) => error)
         if (code !== 'ERR_NATS_PEER' || !message.includes('npm install @nats-io/transport-node')) console.log(code, message)
       }
       console.log('ok')`,
    ],
  ])('node-pvxs/%s works', async (_name, script) => {
    expect(await importError()).toContain('The package has no binaries')
    const { code, stdout, stderr } = await node('--input-type=module', '-e', script)
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'ok\n', stderr: '' })
  })
})

it('has a program that runs', async () => {
  await placeAddon()
  const { bin } = JSON.parse(await readFile(join(installed(), 'package.json'), 'utf8')) as { bin: object }
  expect(bin).toEqual({ 'node-pvxs': 'dist/cli/main.js' })
  expect(await readFile(join(installed(), 'dist/cli/main.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  const { code, stdout, stderr } = await node(join(installed(), 'dist/cli/main.js'), '-Vv')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^package /)
})

describe('an install without its files says so:', { timeout: 60_000 }, () => {
  it('no binaries', async () => {
    const message = await importError()
    expect(message).toContain('The package has no binaries')
    expect(message).toContain('  npm install --save-dev cmake-js node-addon-api\n')
    expect(message).toContain(`  npx cmake-js compile -d "${installed()}"`)
  })

  it('no node-gyp-build', async () => {
    await placeAddon()
    await rm(join(modules(), 'node-gyp-build'), { recursive: true })
    const message = await importError()
    expect(message).toContain('Its dependency node-gyp-build is not there: install your dependencies again.')
    expect(message).not.toContain('from source, with')
  })

  it('a bundle alone', async () => {
    await build({
      absWorkingDir: project,
      entryPoints: ['bundled.mjs'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: 'alone/server.mjs',
    })
    await placeAddon()
    expect((await node('alone/server.mjs')).stdout).toMatch(/^ok: 42/)
    await rm(installed(), { recursive: true })
    const alone = await node('alone/server.mjs')
    expect(alone.code).toBe(1)
    expect(alone.stderr).toContain('A bundle does not hold the native addon')
  })
})

it('is named after its version', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  expect(basename(packed.file)).toBe(`node-pvxs-${version}.tgz`)
})
