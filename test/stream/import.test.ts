// The room works on a machine where the addon's file is missing.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root, run } from '../docs/pages.js'
import { writeFile } from 'node:fs/promises'

it('loads without the addon', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-stream-'))
  try {
    await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    const program = `
      import { BoundedQueue, ManagedStream } from './dist/stream/index.js'
      const addon = await import('./dist/index.js').then(({ version }) => version()).catch(() => 'no addon')
      const queue = new BoundedQueue()
      await queue.push(1)
      console.log(addon, queue.takeAll(), typeof ManagedStream)
    `
    await writeFile(join(folder, 'program.js'), program)
    const { code, stdout, stderr } = await run(join(folder, 'program.js'), {})
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'no addon [ 1 ] function\n', stderr: '' })
  } finally {
    await rm(folder, { recursive: true })
  }
})
