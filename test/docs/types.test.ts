// Every example of the README and the guide compiles against the package's own declarations.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { blocksOf, pages, root } from './pages.js'

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
  paths: {
    'node-pvxs': [join(root, 'lib-ts/index.ts')],
    'node-pvxs/testing': [join(root, 'lib-ts/testing/index.ts')],
  },
  allowJs: true,
  checkJs: true,
  noEmit: true,
  skipLibCheck: true,
}

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
        .filter((b) => b.language === language)
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
      const program = ts.createProgram(files, { ...OPTIONS, ...strictness })
      const problems = files.flatMap((file) => [
        ...program.getSyntacticDiagnostics(program.getSourceFile(file)),
        ...program.getSemanticDiagnostics(program.getSourceFile(file)),
      ])
      const texts = problems.map(({ file, start, messageText }) => {
        const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
        return `${file?.fileName.slice(folder.length + 1) ?? ''}+${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
      })
      expect(texts).toEqual([])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  60_000,
)
