import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'

// Each C++ file in this folder is a test program of its own, built by `npm run test:core` and by `npm test`.
const programs = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.cpp'))
  .map((file) => file.slice(0, -'.cpp'.length))

it.each(programs)('C++ program %s succeeds', { timeout: 300_000 }, async (program) => {
  const child = spawn(new URL(`../../build/test/${program}`, import.meta.url).pathname, { stdio: 'pipe' })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  expect({ code, signal }, output.slice(-4000)).toEqual({ code: 0, signal: null })
})

it('there are C++ programs', () => {
  expect(programs).not.toEqual([])
})
