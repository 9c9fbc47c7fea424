// The test suites that the guide shows, for users to copy, run under their runners in a project that has the package installed.
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npmTool } from '../../scripts/package/install.mjs'
import { blocksOf, pages, project, root, run, type Block, type Run } from './pages.js'

const blocks = (await Promise.all((await pages()).map(blocksOf))).flat()
const suitesOf = (runner: string): Block[] => blocks.filter(({ info }) => info === runner)
const tests = (code: string): number => code.match(/^ *test\(/gm)?.length ?? 0

let folder: Awaited<ReturnType<typeof project>>

beforeAll(async () => {
  folder = await project({ copied: true })
  const modules = join(folder.path, 'node_modules')
  for (const name of ['vitest', 'esbuild'])
    await symlink(join(root, 'node_modules', name), join(modules, name), 'junction')
  await writeFile(
    join(folder.path, 'vitest.config.mjs'),
    "export default { test: { maxWorkers: 1, include: ['**/*.test.mjs'] } }\n",
  )
})

afterAll(async () => {
  await folder.remove()
})

/** A folder of the project with that file in it. */
async function withFile(name: string, file: string, code: string): Promise<string> {
  const path = join(folder.path, name)
  await mkdir(path, { recursive: true })
  await writeFile(join(path, file), `${code}\n`)
  return path
}

const nameOf = ({ page, line }: Block): string => `${page.replace(/\W/g, '-')}-${line}`

describe('Vitest', () => {
  it.each(suitesOf('vitest'))('$page, line $line passes', { timeout: 60_000 }, async (block) => {
    const dir = await withFile(nameOf(block), 'suite.test.mjs', block.code)
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const args = ['run', '--root', folder.path, '--dir', dir, '--reporter', 'json']
    const { code: status, stdout, stderr } = await run(vitest, { NO_COLOR: '1' }, args)
    expect(status, stdout + stderr).toBe(0)
    const shown = tests(block.code)
    expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTests: shown, numTotalTests: shown })
  })
})

describe('node:test', () => {
  it.each(suitesOf('node-test'))('$page, line $line passes and ends', { timeout: 60_000 }, async (block) => {
    const dir = await withFile(nameOf(block), 'suite.test.mjs', block.code)
    const { code, signal, stdout, stderr } = await run('--test', {}, [
      '--test-reporter=tap',
      join(dir, 'suite.test.mjs'),
    ])
    expect({ code, signal, stderr }, stdout).toEqual({ code: 0, signal: null, stderr: '' })
    expect(stdout).toContain(`# pass ${tests(block.code)}\n# fail 0\n`)
  })
})

const JEST = '30.5.2'

describe('Jest', () => {
  let jest: string
  beforeAll(() => {
    jest = npmTool('jest', JEST, 'bin/jest.js')
  }, 300_000)

  /** Two suites in one process, each with its own copy of the package, as Jest does it. */
  async function jestRuns(suite: Block, config: string, extension: string, flags: string): Promise<Run> {
    const name = nameOf(suite)
    for (const file of ['one', 'two']) await withFile(name, `${file}.test.${extension}`, suite.code)
    return run(jest, { NODE_OPTIONS: flags, NO_COLOR: '1' }, [
      '--config',
      join(folder.path, name, config),
      '--testMatch=**/*.test.?js',
      '--detectOpenHandles',
    ])
  }

  /** It passed, ended by itself, and named nothing. */
  function passed({ code, signal, stderr }: Run, suite: Block): void {
    expect({ code, signal }, stderr).toEqual({ code: 0, signal: null })
    expect(stderr).toContain(`Tests:       ${2 * tests(suite.code)} passed, ${2 * tests(suite.code)} total`)
    expect(stderr).not.toMatch(/open handle|did not exit|●/)
  }

  it.each(suitesOf('jest'))(
    'with --detectOpenHandles names nothing after the suite of $page, line $line, in ES modules',
    { timeout: 60_000 },
    async (suite) => {
      const flags = '--experimental-vm-modules --no-warnings'
      await withFile(nameOf(suite), 'jest.config.json', '{ "transform": {} }')
      passed(await jestRuns(suite, 'jest.config.json', 'mjs', flags), suite)
    },
  )

  it.each(suitesOf('jest-require'))(
    'with --detectOpenHandles names nothing after the suite of $page, line $line, with require',
    { timeout: 60_000 },
    async (suite) => {
      const name = nameOf(suite)
      for (const { info, code } of blocks) {
        const file = /^jest-require file=(\S+)$/.exec(info)?.[1]
        if (file !== undefined) await withFile(name, file, code)
      }
      await cp(join(folder.path, 'node_modules'), join(folder.path, name, 'node_modules'), {
        recursive: true,
        verbatimSymlinks: true,
      })
      passed(await jestRuns(suite, 'jest.config.cjs', 'cjs', ''), suite)
    },
  )
})

it('finds suites', () => {
  const counts = ['vitest', 'node-test', 'jest', 'jest-require'].map((runner) => suitesOf(runner).length)
  expect(counts).toEqual([3, 1, 1, 1])
})
