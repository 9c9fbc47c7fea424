// Finds the code blocks of the guide and runs them as what a reader would make of them: plain scripts.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Block {
  readonly page: string
  readonly line: number
  readonly language: 'js' | 'ts'
  readonly code: string
  /** `no-run: reason`, `file=name` or a test runner in the fence's info; '' for a block that runs. */
  readonly info: string
  /** The `text output` block that follows, `…` for what may differ; undefined when the page shows none. */
  readonly output: string | undefined
}

interface Fence {
  readonly info: string
  readonly line: number
  readonly text: string
}

/** README.md and every page of docs/. */
export async function pages(): Promise<string[]> {
  const docs = await readdir(join(root, 'docs'))
  const guide = docs.filter((name) => name.endsWith('.md')).sort()
  return ['README.md', ...guide.map((name) => `docs/${name}`)]
}

export async function blocksOf(page: string): Promise<Block[]> {
  const fences = fencesOf(await readFile(join(root, page), 'utf8'))
  return fences.flatMap(({ info, line, text }, at) => {
    const [language, ...rest] = info.split(' ')
    if (language !== 'js' && language !== 'ts') return []
    const next = fences[at + 1]
    const output = next?.info === 'text output' ? next.text : undefined
    return [{ page, line, language, code: text, info: rest.join(' '), output }]
  })
}

function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = []
  let open: { info: string; line: number; indent: number; text: string[] } | undefined
  markdown.split('\n').forEach((text, at) => {
    const fence = /^( *)```(.*)$/.exec(text)
    if (fence && open === undefined) {
      open = { info: (fence[2] ?? '').trim(), line: at + 1, indent: (fence[1] ?? '').length, text: [] }
    } else if (fence && open) {
      fences.push({ info: open.info, line: open.line, text: open.text.join('\n') })
      open = undefined
    } else {
      open?.text.push(text.slice(open.indent))
    }
  })
  if (open) throw new Error(`the code block at line ${open.line} is not closed`)
  return fences
}

/** The package that the examples use: this folder, or an installed tarball (scripts/tests/test-package.mjs). */
const installed = process.env['NODE_PVXS_INSTALLED'] ?? root

/**
 * A folder outside the repository in which `node-pvxs` is installed: linked, or `copied` from what is packed, for tools that look
 * at where a module really lies.
 */
export async function project({ copied = false } = {}): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'node-pvxs-docs-'))
  const modules = join(path, 'node_modules')
  await mkdir(modules)
  if (copied) await copyInstalled(modules)
  else {
    await symlink(installed, join(modules, 'node-pvxs'), 'junction')
    await link('ws', modules) // what a page shows in place of a global WebSocket
  }
  await writeFile(join(path, 'package.json'), '{ "private": true, "type": "module" }\n')
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

async function copyInstalled(modules: string): Promise<void> {
  const to = join(modules, 'node-pvxs')
  for (const part of ['package.json', 'dist', 'prebuilds', 'build/Release/node_pvxs.node'])
    if (existsSync(join(installed, part)))
      await cp(join(installed, part), join(to, part), { recursive: true, dereference: true })
  for (const name of Object.keys((await manifest()).dependencies)) await link(name, modules)
}

/** Links a dependency of the package, wherever that was put beside it. */
async function link(name: string, modules: string): Promise<void> {
  const beside = [join(installed, 'node_modules'), join(installed, '..')]
  const found = beside.map((folder) => join(folder, name)).find((folder) => existsSync(folder))
  if (found === undefined) throw new Error(`${name} is not installed`)
  await symlink(found, join(modules, name), 'junction')
}

async function manifest(): Promise<{ dependencies: Record<string, string> }> {
  return JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
}

/** Writes a block as a script, TypeScript turned into JavaScript; returns its path. */
export async function writeScript(folder: string, name: string, block: Block): Promise<string> {
  const path = join(folder, `${name}.mjs`)
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true }
  const code =
    block.language === 'js'
      ? block.code
      : ts.transpileModule(block.code, { compilerOptions: options }).outputText
  await writeFile(path, `${code}\n`)
  return path
}

export interface Run {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export function start(script: string, env: NodeJS.ProcessEnv, args: readonly string[] = []): ChildProcess {
  return spawn(process.execPath, [script, ...args], {
    // What a script of a test writes goes with its folder, and not into the tree.
    ...(!script.startsWith(root) && { cwd: dirname(script) }),
    env: { ...withoutEpics(process.env), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs a script to its end; one that does not end is killed and shows as `signal`. */
export async function run(
  script: string,
  env: NodeJS.ProcessEnv,
  args: readonly string[] = [],
  patience = 50_000,
): Promise<Run> {
  const child = start(script, env, args)
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const limit = setTimeout(() => child.kill('SIGKILL'), patience)
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...ended) => resolve(ended))
  })
  clearTimeout(limit)
  return { code, signal, stdout, stderr }
}

/** Keeps the server and its clients on the loopback interface, and away from others on this machine. */
export const LOOPBACK_SERVER: NodeJS.ProcessEnv = {
  EPICS_PVAS_INTF_ADDR_LIST: '127.0.0.1',
  EPICS_PVAS_SERVER_PORT: '0',
  EPICS_PVAS_BROADCAST_PORT: '0',
  EPICS_PVAS_AUTO_BEACON_ADDR_LIST: 'NO',
}

/** What lets a client find the server at that TCP port, and nobody else. */
export function clientOf(tcpPort: number): NodeJS.ProcessEnv {
  return {
    EPICS_PVA_NAME_SERVERS: `127.0.0.1:${tcpPort}`,
    EPICS_PVA_AUTO_ADDR_LIST: 'NO',
    EPICS_PVA_INTF_ADDR_LIST: '127.0.0.1',
  }
}

/** The TCP port that a server prints once it serves. */
export function portOf(server: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    server.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      const port = /TCP port (\d+)/.exec(stdout)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
    server.once('exit', (code) => {
      reject(new Error(`the server ended with ${String(code)} before it served: ${stdout}${stderr}`))
    })
  })
}

/** Ends a server as Ctrl-C does. */
export async function interrupt(server: ChildProcess): Promise<number | null> {
  if (server.exitCode !== null) return server.exitCode
  const ended = new Promise<number | null>((resolve) => server.once('exit', resolve))
  server.kill('SIGINT')
  return ended
}

/** Whether an output is what a page shows: the same lines, `…` standing for anything on a line. */
export function matches(shown: string, printed: string): boolean {
  const pattern = shown
    .trim()
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^]*?')
  return new RegExp(`^${pattern}$`).test(printed.trim())
}

function withoutEpics(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([key]) => !/^(EPICS_|PVXS_|NODE_OPTIONS|FORCE_COLOR|VITEST)/.test(key),
  )
  return Object.fromEntries(kept)
}
