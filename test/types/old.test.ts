// The declarations infer the same with the oldest TypeScript that is promised as with the one in use.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import old from 'typescript-5.4'
import { expect, it } from 'vitest'
import { root } from '../docs/pages.js'

it(`what must and must not compile is the same with TypeScript ${old.version}`, async () => {
  expect(old.version).toMatch(/^5\.4\./)
  const declarations = join(root, 'dist/index.d.ts')
  expect(existsSync(declarations), 'dist/ is missing: npm run build').toBe(true)
  const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.test-d.ts'))
  expect(files.length).toBeGreaterThan(2)
  const program = old.createProgram(
    files.map((name) => join(import.meta.dirname, name)),
    {
      target: old.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      module: old.ModuleKind.NodeNext,
      moduleResolution: old.ModuleResolutionKind.NodeNext,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      // as a user has it: the built declarations
      paths: { 'node-pvxs': [declarations] },
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: true,
    },
  )
  const own = program
    .getSourceFiles()
    .filter(
      ({ fileName }) => fileName.startsWith(join(root, 'test')) || fileName.startsWith(join(root, 'dist')),
    )
  expect(own.length).toBeGreaterThan(30)
  const problems = own.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ])
  expect(
    problems.map(({ file, start, messageText }) => {
      const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
      return `${file?.fileName.slice(root.length) ?? ''}:${line}: ${old.flattenDiagnosticMessageText(messageText, '\n')}`
    }),
  ).toEqual([])
}, 60_000)
