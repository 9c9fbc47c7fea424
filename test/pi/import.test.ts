// The rooms work on a machine where the addon's file is missing.
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root, run } from '../docs/pages.js'

it('a value is read from the simulator without the addon and without optional packages', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-pi-'))
  try {
    await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    const program = `
      import { negotiate, PiWebApi } from './dist/pi/index.js'
      import { loopback, piSimulator } from './dist/testing/index.js'
      const sim = await piSimulator({ points: { sinusoid: { value: 1 } } })
      const pi = new PiWebApi(sim.url)
      const addon = await loopback({}).then(() => 'addon', () => 'no addon')
      console.log(addon, (await pi.value('sinusoid')).value)
      const ticket = new PiWebApi(sim.url, { auth: negotiate() })
      console.log(await ticket.value('sinusoid').catch((error) => error.code + ': ' + error.message))
      await pi.close()
      await ticket.close()
      await sim.close()
    `
    await writeFile(join(folder, 'program.js'), program)
    const peer =
      'ERR_PI_PEER: negotiate needs the package kerberos, which is not installed: npm install kerberos@7'
    const { code, stdout, stderr } = await run(join(folder, 'program.js'), {})
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `no addon 1\n${peer}\n`, stderr: '' })
  } finally {
    await rm(folder, { recursive: true })
  }
})
