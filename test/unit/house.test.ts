// The house rules that no single module can show: walls, circles, what runs in a browser and without the addon.
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Linter } from 'eslint'
import { rolldown } from 'rolldown'
import { parser } from 'typescript-eslint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { circles } from '../../scripts/lint/circles.mjs'
import { browserRooms, walls } from '../../scripts/lint/walls.mjs'

const root = join(import.meta.dirname, '../..')

// What a test or a page leaves behind has been committed before.
it('nothing stands at the top but what belongs there', async () => {
  const { stdout } = await promisify(execFile)('git', ['ls-files'], { cwd: root })
  const top = new Set(
    stdout
      .trimEnd()
      .split('\n')
      .map((path) => path.split('/', 1)[0]),
  )
  const folders = 'bench binding cmake docs examples lib-ts scripts src test .ci .github'
  const pages = 'CHANGELOG.md CONTRIBUTING.md LICENSE README.md SECURITY.md THIRD-PARTY-LICENSES.txt'
  const settings =
    'CMakeLists.txt eslint.config.js package-lock.json package.json tsconfig.browser.json tsconfig.json tsconfig.test.json ' +
    'typedoc.config.mjs vitest.config.ts .clang-format .gitignore .npmrc .prettierignore .prettierrc.json prebuilds ' +
    'record.schema.json' // where "$schema": "./node_modules/node-pvxs/record.schema.json" finds it
  const known = new Set(`${folders} ${pages} ${settings}`.split(' '))
  expect([...top].filter((name) => !known.has(name ?? ''))).toEqual([])
})

describe('the walls', () => {
  const lint = (file: string, code: string): string[] =>
    new Linter()
      .verify(
        code,
        [
          {
            files: ['**/*.ts'],
            languageOptions: { parser },
            plugins: { house: { rules: { walls } } },
            rules: { 'house/walls': 'error' },
          },
        ] as Linter.Config[],
        { filename: join(root, 'lib-ts', file) },
      )
      .map(({ message }) => message)

  it.each([
    [
      'a room of its own floor',
      'client/a.ts',
      `import { b } from '../server/index.js'`,
      /must not know 'server'/,
    ],
    ['a room past its index', 'client/a.ts', `import { b } from '../data/values/base.js'`, /by its index/],
    ['an export from past an index', 'nt/a.ts', `export * from '../data/values/base.js'`, /by its index/],
    [
      'a room that may be known as types only',
      'stream/a.ts',
      `import { Context } from '../client/index.js'`,
      /types only/,
    ],
    [
      'the addon, loaded when it is used',
      'influx/a.ts',
      `const b = () => import('../native/index.js')`,
      /must not know/,
    ],
    [
      'a module of Node in a room for browsers',
      'data/a.ts',
      `import { join } from 'node:path'`,
      /in browsers too/,
    ],
    [
      'a package that the room does not name',
      'client/a.ts',
      `import { fetch } from 'undici'`,
      /package 'undici'/,
    ],
    [
      'the public index from inside',
      'client/a.ts',
      `import { get } from '../index.js'`,
      /must not know 'index'/,
    ],
    [
      'a file at the top that knows a room above it',
      'log.ts',
      `import { a } from './native/index.js'`,
      /must not know/,
    ],
    ['what lies outside', 'data/a.ts', `import a from '../../package.json'`, /outside of lib-ts/],
    ['a room without walls', 'attic/a.ts', `export const a = 1`, /has no walls yet/],
  ])('refuse %s', (_, file, code, complaint) => {
    expect(lint(file, code)).toEqual([expect.stringMatching(complaint)])
  })

  it.each([
    [
      'client/a.ts',
      `import { b } from '../data/index.js'; import { c } from './b.js'; import { d } from 'node:fs'`,
    ],
    ['stream/a.ts', `import type { Context } from '../client/index.js'`],
    ['stream/a.ts', `import { type Context } from '../client/index.js'`],
    ['config/a.ts', `import { log } from '../log.js'; import { PvaError } from '../errors.js'`],
  ])('let %s pass with %s', (file, code) => {
    expect(lint(file, code)).toEqual([])
  })
})

it('no module needs itself when it is loaded', () => {
  expect(circles()).toEqual([])
})

describe('the modules as they are built', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'node-pvxs-house-'))
    // Neither the addon nor node-gyp-build is to be found from there.
    await cp(join(root, 'build/js'), folder, { recursive: true })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('of every room are imported where the file of the addon is missing, and print nothing', async () => {
    const rooms = (await readdir(folder, { withFileTypes: true })).filter(
      // Rooms of packages that are not to be found there have tests of their own.
      (entry) => entry.isDirectory() && withoutPackages.includes(entry.name),
    )
    expect(rooms.map(({ name }) => name).sort()).toEqual([...withoutPackages].sort())
    const files = [...rooms.map(({ name }) => `./${name}/index.js`), './log.js', './errors.js', './index.js']
    const code = files.map((file) => `await import(${JSON.stringify(join(folder, file))})`).join('\n')
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])
    expect(await run).toEqual({ stdout: '', stderr: '' })
  })

  it('write to the log where the file of the addon is missing', async () => {
    const code = `const { log } = await import(${JSON.stringify(join(folder, 'log.js'))}); log('error', 'a', 'b')`
    const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code])
    expect(stderr).toMatch(/ERROR a b\n$/)
  })

  it.each(browserRooms)('of %s are bundled for browsers without a module of Node', async (room) => {
    const entry = join(root, 'build/js', room === 'errors' ? 'errors.js' : `${room}/index.js`)
    const bundle = await rolldown({
      input: entry,
      platform: 'browser',
      external: /^node:/,
      logLevel: 'silent',
    })
    const { output } = await bundle.generate({ format: 'esm' })
    const chunks = output.filter((chunk) => chunk.type === 'chunk')
    expect(chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])).toEqual([])
    expect(Object.keys(chunks[0]?.modules ?? {}).length).toBeGreaterThan(0)
  })
})

const withoutPackages = [
  'input',
  'data',
  'nt',
  'native',
  'config',
  'diagnostics',
  'client',
  'server',
  'testing',
]
