// types: modules that compile and are the types of the server, whatever a server calls its types.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NTScalar, SharedPV, TypeDef, type Server } from 'node-pvxs'
import { typeModule } from '../../lib-ts/cli/type-module.js'
import { differenceText, pvBlocks } from '../../lib-ts/cli/type-diff.js'
import { type as anyType } from '../unit/arbitrary.js'
import { run, type Ran } from './run.js'
import { nasty, serveEveryKind } from './served.js'

const root = join(import.meta.dirname, '../..')
const hostile = `'; process.exit(9) // \` \${1} */ " \\ ${nasty}\u2028`

let folder: string
let server: Server
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-types-'))
  await mkdir(join(folder, 'node_modules'))
  await symlink(root, join(folder, 'node_modules/node-pvxs'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  server = await serveEveryKind({
    [`x:'"\`\${1}*/`]: SharedPV.mailbox(
      new TypeDef('struct', hostile, { __proto_: 'int32', constructor: 'string' }),
    ),
    __proto__x: SharedPV.mailbox(new NTScalar('int32')),
    ['__proto__']: SharedPV.mailbox(new NTScalar('int32')),
    'x:union': SharedPV.mailbox(
      new TypeDef('struct', 'type 1', {
        u: new TypeDef('union[]', 'u', { a: 'int64[]', b: 'any[]' }),
        s: [{ e: {} }],
      }),
    ),
  })
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const types = (...args: string[]): Promise<Ran> => run(['types', ...args], { server })
const names = async (): Promise<string[]> =>
  (await run(['list', `127.0.0.1:${server.tcpPort}`], { server })).stdout.trimEnd().split('\n')

async function done(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { cwd: folder })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return code === 0 ? said : `exit ${code}: ${said}`
}

/** As somebody types it, without any option of a project: the declarations of the package are checked too. */
const bareTsc = (...words: string[]): Promise<string> =>
  done(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--strict', '--noEmit', ...words])

const tsc = (...files: string[]): Promise<string> =>
  done(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    ...[
      '--strict',
      '--noEmit',
      '--skipLibCheck',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--types',
      'node',
    ],
    ...['--typeRoots', join(root, 'node_modules/@types')],
    ...files,
  ])

/** Loads a module, and gives the types of its PVs as JSON. */
async function loaded(file: string): Promise<Record<string, unknown>> {
  const script = `import { pvs } from './${file}'
console.log(JSON.stringify(Object.entries(pvs).map(([name, type]) => [name, type])))`
  const said = await done(process.execPath, ['--input-type=module', '-e', script])
  return Object.fromEntries(JSON.parse(said) as [string, unknown][])
}

describe('random types', () => {
  const made = fc.sample(anyType, { numRuns: 60, seed: 11 })
  const pvs = new Map(made.map((type, k) => [`r:${k}`, type]))

  it('compile with --strict, and the declarations of .js say the same', async () => {
    await writeFile(join(folder, 'random.ts'), typeModule(pvs, 'ts'))
    await writeFile(join(folder, 'plain.js'), typeModule(pvs, 'js'))
    await writeFile(join(folder, 'plain.d.ts'), typeModule(pvs, 'd.ts'))
    const same = [...typeModule(pvs, 'ts').matchAll(/^export const (\w+)/gm)]
      .map(([, name]) => name)
      .filter((name) => name !== 'pvs')
      .map((name) => `const ${name}: a.${name} = null as unknown as b.${name}; void ${name}`)
    await writeFile(
      join(folder, 'same.ts'),
      `import type * as a from './random.js'\nimport type * as b from './plain.js'\n${same.join('\n')}\n`,
    )
    expect(await tsc('random.ts', 'same.ts')).toBe('')
    expect(await bareTsc('random.ts')).toBe('')
    // What a TypeScript before 6 compiles for.
    expect(await bareTsc('random.ts', '--target', 'es5', '--ignoreDeprecations', '6.0')).toBe('')
  }, 120_000)

  it('equal the types that they were made of, ids too', async () => {
    await writeFile(join(folder, 'loaded.js'), typeModule(pvs, 'js'))
    const read = await loaded('loaded.js')
    for (const [name, type] of pvs)
      expect(TypeDef.fromJSON(read[name]).equals(type, { ids: true }), name).toBe(true)
  })

  it('give the same bytes in any order', () => {
    const shuffled = new Map([...pvs].reverse())
    expect(typeModule(shuffled, 'ts')).toBe(typeModule(pvs, 'ts'))
  })
})

describe('of a server', () => {
  it('with hostile names and ids, nothing becomes code', async () => {
    const all = await names()
    expect(await types(...all, '-o', join(folder, 'live.js'))).toMatchObject({
      code: 0,
      stdout: '',
      stderr: '',
    })
    const read = await loaded('live.js')
    expect(Object.keys(read).sort()).toEqual([...all].sort())
    const { stdout } = await run(['info', ...all, '--json'], { server })
    for (const line of stdout.trimEnd().split('\n')) {
      const { name, type } = JSON.parse(line) as { name: string; type: unknown }
      expect(read[name], name).toEqual(type)
    }
    for (const file of ['live.js', 'live.d.ts'])
      expect(await readFile(join(folder, file), 'utf8')).toMatch(/^[ -~\n]*$/)
  })

  it('is a module that checks the fields of a get', async () => {
    await types('x:motor', 'x:double', '-o', join(folder, 'motor.ts'))
    expect(await readFile(join(folder, 'motor.ts'), 'utf8')).toContain(
      "export type LabMotor = ValueOf<typeof LabMotor>\n\nexport const pvs = {\n  'x:double': EpicsNtNTScalar10,\n  'x:motor': LabMotor,\n} as const\n",
    )
    const use = (field: string): string =>
      `import { Context } from 'node-pvxs'\nimport { pvs } from './motor.js'\nexport const low = async (ctx: Context): Promise<number> => (await ctx.get('x:motor', { type: pvs['x:motor'] })).${field}\n`
    await writeFile(join(folder, 'right.ts'), use('limits.low'))
    await writeFile(join(folder, 'wrong.ts'), use('limits.nope'))
    expect(await tsc('right.ts')).toBe('')
    expect(await tsc('wrong.ts')).toContain("Property 'nope' does not exist")
  }, 60_000)

  it('one failure writes nothing', async () => {
    const { code, stdout, stderr } = await types(
      'x:double',
      'x:nope',
      '-w',
      '0.4',
      '-o',
      join(folder, 'none.ts'),
    )
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^node-pvxs: x:nope: /)
    expect(await readdir(folder)).not.toContain('none.ts')
  })
})

describe('--check', () => {
  it('is 0 for what would be written, and else 1 with a diff by PV', async () => {
    const file = join(folder, 'checked.ts')
    await types('x:motor', 'x:double', '-o', file)
    expect(await types('--check', file)).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(await types('x:double', 'x:motor', '--check', file)).toMatchObject({ code: 0, stdout: '' })
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace("position: 'float64'", "position: 'int32'"))
    expect(await types('--check', file)).toMatchObject({
      code: 1,
      stdout: "x:motor: changed\n  - position: 'int32',\n  + position: 'float64',\n",
      stderr: `node-pvxs: ${file} is not what would be written\n`,
    })
    await writeFile(file, text)
    expect((await types('x:double', 'x:text', '--check', file)).stdout).toBe(
      'x:motor: in the file, and not asked for\nx:text: not in the file\n',
    )
    await writeFile(file, `${text}\n`)
    expect((await types('--check', file)).stdout).toBe('the types are the same, and the text is not\n')
  })

  it('of .js looks at the declarations too', async () => {
    const file = join(folder, 'both.js')
    await types('x:double', '-o', file)
    expect((await types('--check', file)).code).toBe(0)
    await writeFile(join(folder, 'both.d.ts'), '')
    expect((await types('--check', file)).code).toBe(1)
  })

  it('reads every name back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 }), (pvs) => {
        const type = new TypeDef('struct', hostile, { a: 'int32' }) as TypeDef
        const text = typeModule(new Map(pvs.map((name) => [name, type])), 'ts')
        expect([...(pvBlocks(text)?.keys() ?? [])].sort()).toEqual([...pvs].sort())
        expect(differenceText(text, text)).toBe('the types are the same, and the text is not\n')
      }),
    )
  })
})

describe('is usage:', () => {
  it.each([
    [[], 'no PV is named'],
    [['x', '-o', 'x.txt'], '-o: "x.txt" is neither .ts nor .js'],
    [['x', '-o', 'x.d.ts'], '-o: "x.d.ts" is neither .ts nor .js'],
    [['x:double', '-o', '/nope/x.ts'], '"/nope/x.ts" cannot be written: ENOENT'],
    [['x', '--check', '/nope/x.ts'], '"/nope/x.ts" cannot be read'],
    [['x', '--check', 'a.ts', '-o', 'b.ts'], '--check writes nothing'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await types(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })

  it('--check of a file that types has not written', async () => {
    await writeFile(join(folder, 'other.ts'), 'export {}\n')
    expect(await types('--check', join(folder, 'other.ts'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not a file that types has written: name the PVs') as string,
    })
  })
})
