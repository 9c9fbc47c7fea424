// The server for tests works where the addon's file is missing, and is loaded with its packages when it is started.
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { root, run } from '../../docs/pages.js'

/** Runs a program beside a copy of the package without its addon, where only these packages are installed. */
async function runWith(packages: readonly string[], program: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-btrdb-'))
  try {
    await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
    const manifest = await readFile(join(root, 'package.json'), 'utf8')
    const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> }
    for (const name of [...Object.keys(dependencies), ...packages]) {
      const link = join(folder, 'node_modules', name)
      await mkdir(dirname(link), { recursive: true })
      await symlink(join(root, 'node_modules', name), link, 'junction')
    }
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await writeFile(join(folder, 'program.js'), program)
    const { code, stdout, stderr } = await run(join(folder, 'program.js'), {})
    return { code, stdout, stderr }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const said = (stdout: string): object => ({ code: 0, stdout: `${stdout}\n`, stderr: '' })

it('loads neither the addon nor gRPC before a server is started', async () => {
  const program = `
    import { createRequire } from 'node:module'
    import { btrdbFake, loopback } from './dist/testing/index.js'
    const { cache } = createRequire(import.meta.url)
    const loaded = () => Object.keys(cache).filter((file) => /grpc|protobuf|arrow/.test(file)).length > 0
    const before = loaded()
    const fake = await btrdbFake()
    const addon = await loopback({}).then(() => 'addon', () => 'no addon')
    console.log(before, loaded(), addon, fake.endpoint.startsWith('127.0.0.1:'))
    await fake.close()
  `
  expect(await runWith(['@grpc/grpc-js', '@bufbuild/protobuf', 'apache-arrow'], program)).toEqual(
    said('false true no addon true'),
  )
})

it('says what to install where gRPC is missing', async () => {
  const program = `
    import { btrdbFake } from './dist/testing/index.js'
    console.log(await btrdbFake().catch((error) => error.message))
  `
  expect(await runWith([], program)).toEqual(
    said(
      'btrdbFake needs two packages that are not installed with this one: npm install @grpc/grpc-js @bufbuild/protobuf',
    ),
  )
})

it('is a server of version 5.29 where Arrow is missing', async () => {
  const program = `
    import { Client, credentials } from '@grpc/grpc-js'
    import { btrdbFake } from './dist/testing/index.js'
    const fake = await btrdbFake()
    const client = new Client(fake.endpoint, credentials.createInsecure())
    const same = (bytes) => bytes
    client.makeUnaryRequest('/v5api.BTrDB/Info', same, same, Buffer.alloc(0), async (error, answer) => {
      console.log(error, answer.includes('5.29.0'))
      client.close()
      await fake.close()
    })
  `
  expect(await runWith(['@grpc/grpc-js', '@bufbuild/protobuf'], program)).toEqual(said('null true'))
})
