import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { programs } from '../needs.js'
import { Peer } from './peer.js'

const run = promisify(execFile)
const here = path.dirname(fileURLToPath(import.meta.url))
const cache = path.resolve(here, '../../.cache/core-pva')

/** What Java peers need of this machine. */
export const java = programs([
  { command: 'java', args: ['-version'], debian: 'default-jdk-headless' },
  { command: 'javac', args: ['-version'], debian: 'default-jdk-headless' },
  { command: 'mvn', args: ['-v'], debian: 'maven' },
])

/** Folder of the compiled driver and the class path of what it needs, made on first use. */
async function compiled(): Promise<{ folder: string; classpath: string }> {
  const source = path.join(here, 'java', 'PvaPeer.java')
  const pom = path.join(here, 'java', 'pom.xml')
  const texts = await Promise.all([readFile(source, 'utf8'), readFile(pom, 'utf8')])
  const folder = path.join(cache, createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 12))
  const list = path.join(folder, 'classpath')
  if (!existsSync(list)) {
    // Made under a name of its own and renamed, so that two test files may do it at once.
    const mine = `${folder}.${String(process.pid)}`
    await mkdir(mine, { recursive: true })
    const wanted = path.join(mine, 'wanted')
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath'
    await run('mvn', ['-q', '-B', '-f', pom, goal, `-Dmdep.outputFile=${wanted}`], { timeout: 300_000 })
    const classpath = (await readFile(wanted, 'utf8')).trim()
    await run('javac', ['-nowarn', '-cp', classpath, '-d', mine, source], { timeout: 120_000 })
    await writeFile(path.join(mine, 'classpath'), classpath)
    await rename(mine, folder).catch(async (e: unknown) => {
      if (!existsSync(list)) throw e
      await rm(mine, { recursive: true })
    })
  }
  return { folder, classpath: await readFile(list, 'utf8') }
}

/** Starts core-pva as a client or server. */
export async function startJava(role: 'client' | 'server', env: NodeJS.ProcessEnv): Promise<Peer> {
  const { folder, classpath } = await compiled()
  const args = [
    '-Xshare:auto',
    '-XX:TieredStopAtLevel=1',
    '-Xmx256m',
    '-cp',
    `${folder}${path.delimiter}${classpath}`,
  ]
  return Peer.start('java', [...args, 'PvaPeer', role], env)
}
