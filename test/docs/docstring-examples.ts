// Compiles and runs the examples in docstrings.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { expect } from 'vitest'
import type { Documented } from './docstrings.js'
import { root } from './pages.js'
import { OPTIONS, problemsOf } from './typecheck.js'

export interface Example {
  readonly name: string
  readonly code: string
}

/** Each example once: overloads share theirs. */
export function examplesOf(all: readonly Documented[]): Example[] {
  const examples = all.flatMap(({ name, examples }) => examples.map((code) => ({ name, code })))
  return [...new Map(examples.map((example) => [example.code, example])).values()]
}

/** An entry of the package: what its examples may use without an import. */
export interface Entry {
  readonly specifier: string
  readonly all: readonly Documented[]
  /** What it exports when it runs; the rest are types. */
  readonly values: object
  /** More of what examples may use. */
  readonly imports?: string
  readonly parameters?: string
}

/** What the compiler says about examples. */
export async function problemsIn(examples: readonly Example[], entry: Entry): Promise<readonly string[]> {
  await mkdir(join(root, '.cache'), { recursive: true }) // git ignores it, and node_modules is found from there
  const folder = await mkdtemp(join(root, '.cache/docstrings-'))
  try {
    const files = await Promise.all(
      examples.map(async ({ name, code }, at) => {
        const file = join(folder, `${name.replace(/\W+/g, '-')}-${at}.mts`)
        await writeFile(file, moduleOf(code, entry))
        return file
      }),
    )
    return problemsOf(files, { ...OPTIONS, strict: true, exactOptionalPropertyTypes: true })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function moduleOf(code: string, { specifier, all, values, imports = '', parameters = '' }: Entry): string {
  const { imported, names, body } = parted(code)
  const free = all.map(({ name }) => name).filter((name) => /^\w+$/.test(name) && !names.has(name))
  const list = free.map((name) => (name in values ? name : `type ${name}`)).join(', ')
  const server =
    specifier === 'node-pvxs'
      ? `type GivenContext = Context\ntype GivenServer = Server\n`
      : `import type { Context as GivenContext, Server as GivenServer } from 'node-pvxs'\n`
  return `import { ${list} } from '${specifier}'
${server}${imports}
${imported}
export async function example(ctx: GivenContext, server: GivenServer${parameters}) {{
${body}
}}
`
}

/** The imports of an example, what they name, and the rest. */
function parted(code: string): { imported: string; names: ReadonlySet<string>; body: string } {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022)
  const names = new Set<string>()
  let imported = ''
  let end = 0
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement)) break
    end = statement.end
    const bindings = statement.importClause?.namedBindings
    if (bindings !== undefined && ts.isNamedImports(bindings))
      for (const { name } of bindings.elements) names.add(name.text)
  }
  imported = code.slice(0, end)
  return { imported, names, body: code.slice(end) }
}

const silent = { log: () => undefined, error: () => undefined }

function gives(value: unknown, shown: unknown): void {
  expect(value).toEqual(shown)
}

/** Runs an example with these names in its scope. */
export async function run(code: string, scope: Record<string, unknown>): Promise<void> {
  const all: Record<string, unknown> = { ...scope, console: silent, gives }
  const { outputText } = ts.transpileModule(
    `async function example() {{\n${checked(parted(code).body)}\n}}`,
    {
      compilerOptions: { target: ts.ScriptTarget.ES2022 },
    },
  )
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the examples of our own docstrings
  const example = new Function(...Object.keys(all), `${outputText}\nreturn example()`) as (
    ...values: unknown[]
  ) => Promise<void>
  await example(...Object.values(all))
}

/** Makes `expression // → result` check that the expression gives the result; `const x = … // →` the same for `x`. */
function checked(code: string): string {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022)
  return file.statements
    .map((statement) => {
      const text = code.slice(statement.getStart(file), statement.end)
      const [comment] = ts.getTrailingCommentRanges(code, statement.end) ?? []
      const shown = comment && /^\/\/ → (.*)$/.exec(code.slice(comment.pos, comment.end))?.[1]
      if (shown === undefined) return text
      if (ts.isExpressionStatement(statement)) return `gives(${text}, (${shown}))`
      const declared = ts.isVariableStatement(statement) && statement.declarationList.declarations[0]?.name
      if (declared === false || declared === undefined || !ts.isIdentifier(declared))
        throw new Error(`only an expression or a constant can show what it gives: ${text}`)
      return `${text}\ngives(${declared.text}, (${shown}))`
    })
    .join('\n;')
}
