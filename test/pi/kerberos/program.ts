// Programs with the package as users have it, and the package kerberos beside it. Each runs in a process of its own, for
// the Kerberos library reads its environment once.
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kerberosPackage } from '../../../scripts/supply/kerberos.mjs'
import { root, run } from '../../docs/pages.js'

export interface Project extends AsyncDisposable {
  /** Runs code and gives what it printed. */
  run(code: string, env: NodeJS.ProcessEnv): Promise<string>
}

export async function project(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'node-pvxs-kerberos-'))
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  const modules = join(folder, 'node_modules')
  await mkdir(modules)
  for (const name of ['undici', 'lossless-json', 'ws'])
    await symlink(join(root, 'node_modules', name), join(modules, name), 'junction')
  await symlink(await kerberosPackage(), join(modules, 'kerberos'), 'junction')
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  let count = 0
  return {
    async run(code, env) {
      const file = join(folder, `program-${++count}.js`)
      const imports = `import { basic, chain, negotiate, PiWebApi } from './dist/pi/index.js'`
      await writeFile(file, `${imports}\n${code}`)
      const { stdout, stderr } = await run(file, env)
      return stdout + stderr
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}
