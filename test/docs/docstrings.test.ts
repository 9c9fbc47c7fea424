// Everything exported is described; whatever can be called, made or filled in has examples, which compile and run.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as api from 'node-pvxs'
import { documented } from './docstrings.js'
import { lab } from './lab.js'
import { root } from './pages.js'
import { OPTIONS, problemsOf } from './typecheck.js'

const all = documented()
const examples = unique(all.flatMap(({ name, examples }) => examples.map((code) => ({ name, code }))))

it('describes everything that is exported', () => {
  expect(all.filter(({ described }) => !described).map(({ name }) => name)).toEqual([])
})

it('has an example of everything that can be called, made or filled in', () => {
  expect(
    all.filter(({ usable, examples }) => usable && examples.length === 0).map(({ name }) => name),
  ).toEqual([])
})

it('has examples that compile', async () => {
  await mkdir(join(root, '.cache'), { recursive: true }) // git ignores it, and node_modules is found from there
  const folder = await mkdtemp(join(root, '.cache/docstrings-'))
  try {
    const names = all.filter(({ name }) => /^\w+$/.test(name)).map(({ name }) => name)
    const files = await Promise.all(
      examples.map(async ({ name, code }, at) => {
        const file = join(folder, `${name.replace(/\W+/g, '-')}-${at}.mts`)
        const head = `import { ${names.map((each) => (each in api ? each : `type ${each}`)).join(', ')} } from 'node-pvxs'`
        await writeFile(
          file,
          `${head}\nexport async function example(ctx: Context, server: Server) {{\n${code}\n}}\n`,
        )
        return file
      }),
    )
    expect(problemsOf(files, { ...OPTIONS, strict: true, exactOptionalPropertyTypes: true })).toEqual([])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)

describe('the example of', () => {
  let here: Awaited<ReturnType<typeof lab>>

  beforeAll(async () => {
    here = await lab()
    for (const [name, value] of Object.entries(here.env)) vi.stubEnv(name, value)
  })

  // Some of what they do is worth a line in the log.
  beforeEach(() => {
    api.setLogger(() => undefined)
  })

  afterEach(() => {
    api.setLogger(null)
  })

  afterAll(async () => {
    vi.unstubAllEnvs()
    await here[Symbol.asyncDispose]()
  })

  it.each(examples)('$name runs, and gives what it shows', async ({ code }) => {
    const ctx = new api.Context()
    try {
      await run(code, { ...api, ctx, server: here.server, console: silent, gives })
    } finally {
      await ctx.close()
    }
  })
})

function unique<T extends { readonly code: string }>(examples: readonly T[]): T[] {
  return [...new Map(examples.map((example) => [example.code, example])).values()]
}

const silent = { log: () => undefined, error: () => undefined }

function gives(value: unknown, shown: unknown): void {
  expect(value).toEqual(shown)
}

/** Runs an example with these names in its scope. */
async function run(code: string, scope: Record<string, unknown>): Promise<void> {
  const { outputText } = ts.transpileModule(`async function example() {{\n${checked(code)}\n}}`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022 },
  })
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the examples of our own docstrings
  const example = new Function(...Object.keys(scope), `${outputText}\nreturn example()`) as (
    ...values: unknown[]
  ) => Promise<void>
  await example(...Object.values(scope))
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
