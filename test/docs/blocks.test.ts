// Every example of the README and the guide runs, against the server that the quick start shows.
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { debianNeed, influxd, type TestServer } from '../influx/servers.js'
import {
  blocksOf,
  clientOf,
  interrupt,
  LOOPBACK_SERVER,
  matches,
  pages,
  portOf,
  project,
  root,
  run,
  start,
  writeScript,
  type Block,
} from './pages.js'

const guide = await Promise.all((await pages()).map(async (page) => ({ page, blocks: await blocksOf(page) })))
const server = guide.flatMap(({ blocks }) => blocks).find(({ info }) => info === 'file=server.mjs')

let folder: Awaited<ReturnType<typeof project>>

beforeAll(async () => {
  expect(existsSync(join(root, 'dist/index.js')), 'dist/ is missing: npm run build').toBe(true)
  if (server === undefined) throw new Error('no page shows server.mjs')
  folder = await project()
  await writeScript(folder.path, 'server', server)
})

afterAll(async () => {
  await folder.remove()
})

// What a page that talks to InfluxDB shows as its server; the tests start one of their own.
const INFLUX = 'http://localhost:8086'
const runnable = guide.filter(({ blocks }) => blocks.some(runs))
const withInflux = runnable.filter(({ blocks }) => blocks.some(({ code }) => code.includes(INFLUX)))
if (debianNeed.missing) it.skip(debianNeed.named(withInflux.map(({ page }) => page).join(', ')))

const testable = debianNeed.missing ? runnable.filter((page) => !withInflux.includes(page)) : runnable
describe.each(testable)('$page', ({ page, blocks }) => {
  let serving: ChildProcess
  let environment: NodeJS.ProcessEnv
  let influx: TestServer | undefined

  // Anew for each page: a page may count on the values the server begins with.
  beforeAll(async () => {
    serving = start(join(folder.path, 'server.mjs'), LOOPBACK_SERVER)
    environment = clientOf(await portOf(serving))
    if (withInflux.some((one) => one.page === page)) influx = await influxd()
  })

  afterAll(async () => {
    await influx?.[Symbol.asyncDispose]()
    expect(await interrupt(serving)).toBe(0)
  })

  it.each(blocks.filter(runs))(
    'line $line runs and prints what the page shows',
    async (block) => {
      const script = await writeScript(
        folder.path,
        `block-${block.page.replace(/\W/g, '-')}-${block.line}`,
        influx === undefined ? block : { ...block, code: block.code.replaceAll(INFLUX, influx.url) },
      )
      const { code, signal, stdout, stderr } = await run(script, environment)
      expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' })
      if (block.output !== undefined && !matches(block.output, stdout))
        expect(stdout.trim()).toBe(block.output.trim())
    },
    40_000,
  )
})

it('gives a reason for every block that does not run', () => {
  // The runners: suites.test.ts; CommonJS: test/types/packed.test.ts.
  const elsewhere = (block: Block): boolean =>
    block === server || /^(vitest|node-test|jest|jest-require|commonjs)( file=\S+)?$/.test(block.info)
  const silent = guide.flatMap(({ blocks }) => blocks).filter((block) => !runs(block) && !elsewhere(block))
  for (const { page, line, info } of silent) expect(info, `${page}:${line}`).toMatch(/^no-run: \S+/)
})

it('has links that lead somewhere', async () => {
  const { readFile } = await import('node:fs/promises')
  for (const { page } of guide) {
    const text = await readFile(join(root, page), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|#)/.test(target)) continue
      const path = join(root, page, '..', target.replace(/#.*$/, ''))
      expect(existsSync(path), `${page} links to ${target}`).toBe(true)
    }
  }
})

function runs(block: Block): boolean {
  return block.info === ''
}
