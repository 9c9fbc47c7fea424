// Compiles examples as a reader's compiler would.
import { basename, join } from 'node:path'
import ts from 'typescript'
import { root } from './pages.js'

export const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
  paths: {
    'node-pvxs': [join(root, 'lib-ts/index.ts')],
    'node-pvxs/*': [join(root, 'lib-ts/*/index.ts')],
  },
  allowJs: true,
  checkJs: true,
  noEmit: true,
  skipLibCheck: true,
}

/** What the compiler finds wrong in these files: `file+line: text`. */
export function problemsOf(files: readonly string[], options: ts.CompilerOptions): string[] {
  const program = ts.createProgram(files, options)
  const problems = files.flatMap((path) => {
    const file = program.getSourceFile(path)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
  })
  return problems.map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${basename(file?.fileName ?? '')}+${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}
