import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

// Each C++ file in this folder is a test program of its own, built by `npm run test:core` and by `npm test`.
const programs = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.cpp'))
  .map((file) => file.slice(0, -'.cpp'.length))

it.each(programs)('C++ program %s succeeds', { timeout: 300_000 }, async (program) => {
  const file = join(import.meta.dirname, '../../build/test', program)
  if (!existsSync(file)) throw new Error(`${program} is not built: npm run test:core`)
  const child = spawn(file, { stdio: 'pipe' })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  expect({ code, signal }, output.slice(-4000)).toEqual({ code: 0, signal: null })
})

it('there are C++ programs', () => {
  expect(programs).not.toEqual([])
})
