// Every example of the README and the guide compiles against the package's own declarations.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { blocksOf, pages, root } from './pages.js'
import { OPTIONS, problemsOf } from './typecheck.js'

it.each([
  ['ts', { strict: true, exactOptionalPropertyTypes: true }],
  // A reader of JavaScript writes no annotations and no checks for undefined.
  ['js', { strict: false }],
] as const)(
  'compiles the examples in %s',
  async (language, strictness) => {
    await mkdir(join(root, '.cache'), { recursive: true }) // git ignores it, and node_modules is found from there
    const folder = await mkdtemp(join(root, '.cache/docs-'))
    try {
      const blocks = (await Promise.all((await pages()).map(blocksOf)))
        .flat()
        .filter((b) => b.language === language && !b.info.startsWith('jest')) // whose types are not installed
      expect(blocks.length).toBeGreaterThan(3)
      const files = await Promise.all(
        blocks.map(async ({ page, line, code }) => {
          const path = join(
            folder,
            `${page.replace(/\W/g, '-')}-${line}.${language === 'ts' ? 'mts' : 'mjs'}`,
          )
          await writeFile(path, code)
          return path
        }),
      )
      expect(problemsOf(files, { ...OPTIONS, ...strictness })).toEqual([])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  60_000,
)
