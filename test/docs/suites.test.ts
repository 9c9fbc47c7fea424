// The test suites that the guide shows, for users to copy, run under Vitest in a project of their own.
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { blocksOf, pages, project, root, run } from './pages.js'

const suites = (await Promise.all((await pages()).map(blocksOf)))
  .flat()
  .filter(({ info }) => info === 'vitest')

let folder: Awaited<ReturnType<typeof project>>

beforeAll(async () => {
  folder = await project()
  const modules = join(folder.path, 'node_modules')
  await symlink(join(root, 'node_modules/vitest'), join(modules, 'vitest'), 'junction')
  await writeFile(
    join(folder.path, 'vitest.config.mjs'),
    "export default { test: { maxWorkers: 1, include: ['**/*.test.mjs'] } }\n",
  )
})

afterAll(async () => {
  await folder.remove()
})

it.each(suites)('$page, line $line passes', { timeout: 60_000 }, async ({ page, line, code }) => {
  const name = `${page.replace(/\W/g, '-')}-${line}`
  await mkdir(join(folder.path, name))
  await writeFile(join(folder.path, name, 'suite.test.mjs'), code)
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = ['run', '--root', folder.path, '--dir', join(folder.path, name), '--reporter', 'json']
  const { code: status, stdout, stderr } = await run(vitest, { NO_COLOR: '1' }, args)
  expect(status, stdout + stderr).toBe(0)
  const shown = code.match(/^ *test\(/gm)?.length
  expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTests: shown, numTotalTests: shown })
})

it('finds suites', () => {
  expect(suites.length).toBe(3)
})
