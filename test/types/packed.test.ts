// The declarations, as they are packed, compile with the settings that users have.
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { npmTool } from '../../scripts/package/install.mjs'
import { blocksOf, matches, project, root, run } from '../docs/pages.js'

interface Manifest {
  exports: Record<string, unknown>
}

const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest
const entries = Object.keys(exports)
  .filter((path) => path !== './package.json')
  .map((path) => `node-pvxs${path.slice(1)}`)

const PATIENCE = 240_000 // ms that a compiler may take where everything else compiles too
vi.setConfig({ testTimeout: PATIENCE + 10_000 })

let folder: Awaited<ReturnType<typeof project>>
let between: string // the last TypeScript before the one in use

beforeAll(async () => {
  between = npmTool('typescript', '5.9.3', 'bin/tsc')
  folder = await project({ copied: true })
  const types = join(folder.path, 'node_modules/@types')
  await mkdir(types)
  await symlink(join(root, 'node_modules/@types/node'), join(types, 'node'), 'junction')
  const imports = entries.map((entry, k) => `import * as entry${k} from '${entry}'`)
  const uses = `
import { Context, NTScalar, Server, type Value } from 'node-pvxs'
export const entries = [${entries.map((_, k) => `entry${k}`).join(', ')}]
export const ctx: AsyncDisposable = new Context()
export const server = new Server()
export const read = async (): Promise<Value> => (await new Context().get('x')) satisfies Value
export const level: number = new NTScalar('float64').create({ value: 1 }).value
`
  await writeFile(join(folder.path, 'all.mts'), [...imports, uses].join('\n'))
}, 300_000)

afterAll(async () => {
  await folder.remove()
})

const compilers = {
  '5.4': () => join(root, 'node_modules/typescript-5.4/bin/tsc'),
  '5.9': () => between,
  'in use': () => join(root, 'node_modules/typescript/bin/tsc'),
} as const

interface Setting {
  readonly compiler: keyof typeof compilers
  readonly lib: string
  readonly module: string
  readonly resolution: string
}

/** What tsc has to say of these files; '' for nothing. */
async function problems(
  files: readonly string[],
  { compiler, lib, module, resolution }: Setting,
): Promise<string> {
  const name = `tsconfig.${files[0]}.${compiler}-${lib}-${resolution}.json`.replaceAll(/[^\w.]/g, '-')
  const compilerOptions = {
    lib: lib.split(','),
    target: 'es2020',
    module,
    moduleResolution: resolution,
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  }
  await writeFile(join(folder.path, name), JSON.stringify({ compilerOptions, files }))
  const args = ['-p', join(folder.path, name)]
  const { code, signal, stdout, stderr } = await run(compilers[compiler](), {}, args, PATIENCE)
  if (code !== 0 && stdout === '') throw new Error(`tsc ended with ${code} ${signal}: ${stderr}`)
  return stdout
}

const node16 = { module: 'node16', resolution: 'node16' } as const
const nodenext = { module: 'nodenext', resolution: 'nodenext' } as const
const bundler = { module: 'esnext', resolution: 'bundler' } as const

const settings: Setting[] = [
  { compiler: '5.4', lib: 'es2020', ...node16 },
  { compiler: '5.4', lib: 'es2020', ...nodenext },
  { compiler: '5.4', lib: 'es2020', ...bundler },
  { compiler: '5.4', lib: 'es2022', ...nodenext },
  { compiler: '5.9', lib: 'es2021', ...nodenext },
  { compiler: 'in use', lib: 'es2020', ...node16 },
  { compiler: 'in use', lib: 'es2020', ...bundler },
  { compiler: 'in use', lib: 'es2020,dom', ...nodenext },
  { compiler: 'in use', lib: 'esnext', ...nodenext },
]

it.each<Setting>(settings)(
  'the declarations compile with TypeScript $compiler, lib $lib, moduleResolution $resolution and skipLibCheck false',
  async (setting) => {
    expect(entries.length).toBeGreaterThanOrEqual(5)
    expect(await problems(['all.mts'], setting)).toBe('')
  },
)

describe('from CommonJS', async () => {
  const shown = (await blocksOf('docs/runtimes.md')).filter(({ info }) => info === 'commonjs')
  const plain = 'plain.cts'
  const files = shown.map((_, at) => `shown${at}.cts`)

  beforeAll(async () => {
    await writeFile(join(folder.path, plain), "import { Context } from 'node-pvxs'\nexport { Context }\n")
    for (const [at, { code }] of shown.entries()) await writeFile(join(folder.path, files[at] ?? ''), code)
    // The same way for every entry.
    const lines = entries.map((entry, k) => {
      const typed = `typeof import('${entry}', { with: { 'resolution-mode': 'import' } })`
      return `const entry${k}: ${typed} = require('${entry}')\nexport const names${k} = Object.keys(entry${k})`
    })
    await writeFile(join(folder.path, 'entries.cts'), lines.join('\n'))
  })

  it('TypeScript 5.4 refuses a plain import (TS1479), and takes what the guide shows, for every entry', async () => {
    expect(shown.length).toBe(2)
    const old = { compiler: '5.4', lib: 'es2022', ...node16 } as const
    const told = (await problems([plain, 'entries.cts', ...files], old)).trim().split('\n')
    expect(told).toEqual([expect.stringMatching(/plain\.cts.* error TS1479: /)])
  })

  it('the TypeScript in use takes both', async () => {
    const recent = { compiler: 'in use', lib: 'es2022', ...nodenext } as const
    expect(await problems([plain, 'entries.cts', ...files], recent)).toBe('')
  })

  it.each(shown.map((block, at) => ({ ...block, at })))(
    'the way of $page, line $line, runs',
    async ({ at, code, output }) => {
      const options = { module: ts.ModuleKind.Node20, target: ts.ScriptTarget.ES2022 }
      const { outputText } = ts.transpileModule(code, {
        fileName: `shown${at}.cts`,
        compilerOptions: options,
      })
      const script = join(folder.path, `shown${at}.cjs`)
      await writeFile(script, outputText)
      const { code: status, stdout, stderr } = await run(script, {})
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(matches(output ?? '', stdout), stdout).toBe(true)
    },
  )
})
