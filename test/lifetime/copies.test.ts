import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from './child.js'

// L-09
it('required and imported, in two copies and after a reset of modules: all work side by side', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const copy = mkdtempSync(join(tmpdir(), 'node-pvxs-copy-'))
  onTestFinished(() => rmSync(copy, { recursive: true }))
  const addon = 'build/Release/node_pvxs.node'
  mkdirSync(join(copy, 'build/Release'), { recursive: true })
  for (const path of [addon, 'package.json', 'dist', 'node_modules/node-gyp-build'])
    cpSync(join(root, path), join(copy, path), { recursive: true })
  cpSync(join(copy, 'dist'), join(copy, 'dist-again'), { recursive: true })

  const { code, stderr, stdout } = await runProgram('copies.mjs', [copy])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout)).toEqual({
    sameWhenRequired: true,
    read: [0, 1, 2].flatMap(() => [0, 0, 1, 1, 2, 2]),
    foreign: new Array(6).fill(
      'option "pvs.y" is a SharedPV, not a SharedPV object of another copy of node-pvxs (see: npm ls node-pvxs)',
    ),
    left: [],
  })
})
