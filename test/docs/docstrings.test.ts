// Everything exported is described; whatever can be called, made or filled in has examples, which compile and run.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as api from 'node-pvxs'
import { examplesOf, problemsIn, run } from './docstring-examples.js'
import { documented } from './docstrings.js'
import { lab } from './lab.js'

const all = documented('lib-ts/index.ts')
const examples = examplesOf(all)

it('describes everything that is exported', () => {
  expect(all.filter(({ described }) => !described).map(({ name }) => name)).toEqual([])
})

it('has an example of everything that can be called, made or filled in', () => {
  expect(
    all.filter(({ usable, examples }) => usable && examples.length === 0).map(({ name }) => name),
  ).toEqual([])
})

it('has examples that compile', async () => {
  expect(await problemsIn(examples, { specifier: 'node-pvxs', all, values: api })).toEqual([])
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
      await run(code, { ...api, ctx, server: here.server })
    } finally {
      await ctx.close()
    }
  })
})
