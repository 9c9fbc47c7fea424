// Completion: what the shells are told, in shells of their own where they are installed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Server } from 'node-pvxs'
import { namesWithin } from '../../lib-ts/cli/name-cache.js'
import { bashReply, shellLine } from '../../lib-ts/cli/shell-words.js'
import { commands } from '../../lib-ts/cli/table.js'
import { onLinux, programs } from '../needs.js'
import { environment, program, run, Running, type Environment, type Ran } from './run.js'
import { serveEveryKind } from './served.js'

const noAddon = ['--require', join(import.meta.dirname, 'no-addon.cjs')]
const folders: string[] = []
let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'node-pvxs-cache-'))
  folders.push(cache)
  await keep('c:double', 'c:duo', 'lab:{a b}', "lab:it's")
})
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function keep(...names: string[]): Promise<void> {
  await mkdir(join(cache, 'node-pvxs'), { recursive: true })
  await writeFile(join(cache, 'node-pvxs/names'), names.map((name) => `${name}\n`).join(''))
}

const completion = (...args: string[]): Promise<Ran> =>
  run(['completion', ...args], { flags: noAddon, env: { XDG_CACHE_HOME: cache } })

/** The candidates for the last of the words, as fish is told them. */
async function offered(...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await completion('reply', '--', 'fish', ...words)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trimEnd().split('\n')
}

describe('a completion', () => {
  it('of a command', async () => {
    expect(await offered('')).toEqual(['words', ...Object.keys(commands), 'help'])
    expect(await offered('mon')).toEqual(['words', 'monitor'])
    expect(await offered('help', 'mon')).toEqual(['words', 'monitor'])
  })

  it.each([
    ['an option', ['get', '--prof'], ['words', '--profile']],
    ["an option's words", ['get', '--time', 'u'], ['words', 'utc', 'unix']],
    ['the same after =', ['get', '--time=u'], ['words', '--time=utc', '--time=unix']],
    ['the value of joined letters', ['get', '-vF', 'j'], ['words', 'json']],
    ['a file', ['get', '-f', ''], ['files']],
    ['a name', ['get', 'c:d'], ['words', 'c:double', 'c:duo']],
    ['a second name', ['get', 'x', '-w', '2', 'c:du'], ['words', 'c:duo']],
    ['one name for put', ['put', 'c:du'], ['words', 'c:duo']],
    ['and no second one', ['put', 'c:duo', 'c'], ['words']],
    ['words of an argument', ['completion', 'z'], ['words', 'zsh']],
    ['no option after --', ['get', '--', '--prof'], ['words']],
    ['an unknown command', ['nope', ''], ['words']],
  ])('of %s', async (_, words, answer) => {
    expect(await offered(...words)).toEqual(answer)
  })

  it('of every command names its options', async () => {
    for (const name of Object.keys(commands))
      expect(await offered(name, '--hel')).toEqual(['words', '--help'])
  })

  it('says nothing when the names cannot be read', async () => {
    await rm(join(cache, 'node-pvxs'), { recursive: true })
    await writeFile(join(cache, 'node-pvxs'), '')
    expect(await offered('get', 'c')).toEqual(['words'])
  })
})

describe('in bash, whose words end at colons', () => {
  const breaks = ' \t\n"\'><=;|&(:'
  it.each([
    ['node-pvxs get c:d', 'c:double', 'double'],
    ['node-pvxs get c', 'c:double', 'c:double'],
    ['node-pvxs get ', 'a b$c', 'a\\ b\\$c'],
    ["node-pvxs get 'c:d", 'c:double', 'c:double'],
    ["node-pvxs get 'la", "lab:it's", undefined],
    ['node-pvxs get --time=u', '--time=utc', 'utc'],
    ['node-pvxs get é:', 'é:日本', '日本'],
  ])('%s', (line, candidate, reply) => {
    expect(bashReply(candidate, shellLine(line), breaks)).toBe(reply)
  })

  it('a line is split as the shell does', () => {
    expect(shellLine('a "b c" d\\ e \'f"g\' "h\\"i').words).toEqual(['a', 'b c', 'd e', 'f"g', 'h"i'])
    expect(shellLine('cd x; node-pvxs get ').words).toEqual(['node-pvxs', 'get', ''])
  })
})

const bash = programs([
  { command: 'bash', args: ['--version'], debian: 'bash' },
  { command: 'script', args: ['--version'], debian: 'util-linux' },
])

const zsh = programs([
  { command: 'zsh', args: ['--version'], debian: 'zsh' },
  { command: 'script', args: ['--version'], debian: 'util-linux' },
])

/** A function in place of the program: completes, and tells the words that it is run with. */
const standIn = `node-pvxs() { if [ "$1" = completion ]; then '${process.execPath}' '${program}' "$@"; else printf 'RAN<%s>\\n' "$@"; fi; }`

/** Types it into a shell with the completion, and gives the words that the command is then run with. */
async function typed(shell: 'bash' | 'zsh', keys: string): Promise<string[]> {
  const start = shell === 'zsh' ? ['autoload -Uz compinit', 'compinit -u -D'] : []
  const rc = join(cache, shell === 'zsh' ? '.zshrc' : 'rc')
  await writeFile(
    rc,
    [...start, standIn, `source <(node-pvxs completion ${shell})`, "PS1='ready> '"].join('\n'),
  )
  const command = shell === 'zsh' ? 'zsh -i' : `bash --rcfile '${rc}' -i`
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...environment({ env: { XDG_CACHE_HOME: cache, ZDOTDIR: cache } }), TERM: 'dumb' },
  })
  let said = ''
  let step = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (step === 0 && said.includes('ready> ')) {
      step = 1
      child.stdin.write(`${keys}\n`)
    } else if (step === 1 && /RAN<[^]*ready> /.test(said)) {
      step = 2
      child.stdin.write('exit\n')
    }
  })
  await once(child, 'close')
  return [...said.matchAll(/RAN<(.*)>/g)].map(([, word = '']) => word)
}

type Case = [what: string, keys: string, words: string[]]

describe.each([
  // zsh leaves a quote open, and takes a { without a backslash for braces that it expands.
  [
    'bash',
    bash,
    [
      ['a name in quotes', 'node-pvxs get "c:dou\t', ['get', 'c:double']],
      ['a name that has to be escaped', 'node-pvxs get lab:{\t', ['get', 'lab:{a b}']],
    ] as Case[],
  ],
  [
    'zsh',
    zsh,
    [['a name that has to be escaped', 'node-pvxs get lab:\\{\t', ['get', 'lab:{a b}']]] as Case[],
  ],
] as const)('%s', (shell, need, own) => {
  const missing = onLinux.missing || need.missing

  it
    .skipIf(missing)
    .each([
      ...own,
      ['a command', 'node-pvxs moni\t c:duo', ['monitor', 'c:duo']],
      ['a name with a colon', 'node-pvxs get c:dou\t', ['get', 'c:double']],
      ['an option with its value', 'node-pvxs get --time=un\t', ['get', '--time=unix']],
      ['a file after -f', 'node-pvxs get -f CACHE/node-pvxs/na\t', ['get', '-f', 'CACHE/node-pvxs/names']],
    ] as Case[])(onLinux.named(need.named('completes %s')), async (_, keys, words) => {
    const here = (text: string): string => text.replace('CACHE', cache)
    expect(await typed(shell, here(keys))).toEqual(words.map(here))
  })
})

const fish = programs([{ command: 'fish', args: ['--version'], debian: 'fish' }])

describe('the script', () => {
  async function checked(shell: string, args: readonly string[]): Promise<string> {
    const { stdout } = await completion(shell)
    const file = join(cache, shell)
    await writeFile(file, stdout)
    const child = spawn(shell, [...args, file])
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await once(child, 'close')
    return said
  }

  it.skipIf(bash.missing)(bash.named('is bash that bash can read'), async () => {
    expect(await checked('bash', ['-n'])).toBe('')
  })

  it.skipIf(zsh.missing)(zsh.named('is zsh that zsh can read'), async () => {
    expect(await checked('zsh', ['-n'])).toBe('')
  })

  it.skipIf(fish.missing)(fish.named('is fish that fish can read'), async () => {
    expect(await checked('fish', ['-n'])).toBe('')
  })

  it.skipIf(fish.missing)(fish.named('makes fish complete a name with a colon'), async () => {
    const { stdout } = await completion('fish')
    const lines = [
      `function node-pvxs; '${process.execPath}' '${program}' $argv; end`,
      stdout,
      'complete --do-complete="node-pvxs get c:dou"',
    ]
    const child = spawn('fish', ['--no-config', '-c', lines.join('\n')], {
      env: environment({ env: { XDG_CACHE_HOME: cache } }),
    })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await once(child, 'close')
    expect(said).toBe('c:double\n')
  })

  it.each([[[]], [['tcsh']], [['bash', 'zsh']]])('for %j is usage', async (args) => {
    expect(await completion(...args)).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('the names', () => {
  const names = (): Promise<string> => readFile(join(cache, 'node-pvxs/names'), 'utf8')

  async function withServer(test: (server: Server) => Promise<void>): Promise<void> {
    const server = await serveEveryKind()
    try {
      await test(server)
    } finally {
      await server.close()
    }
  }

  it('that list is told are kept, besides those that are known', async () => {
    await withServer(async (server) => {
      const at = `127.0.0.1:${server.tcpPort}`
      await run(['list', at, '--match', 'x:d*'], { env: { XDG_CACHE_HOME: cache } })
    })
    expect((await names()).split('\n')).toEqual(expect.arrayContaining(['x:double', 'x:text', 'c:double']))
  })

  it('are looked for anew when they are old, and not when they are fresh', async () => {
    const file = join(cache, 'node-pvxs/names')
    const { mtimeMs: before } = await stat(file)
    await offered('get', 'c')
    expect((await stat(file)).mtimeMs).toBe(before)
    const old = new Date(Date.now() - 3_600_000)
    await utimes(file, old, old)
    expect(await offered('get', 'c:du')).toEqual(['words', 'c:duo'])
    // Noted at once, so that the next completion does not begin the same.
    expect((await stat(file)).mtimeMs).toBeGreaterThan(old.getTime())
  })

  const NOBODY_ELSE = { EPICS_PVA_ADDR_LIST: '127.0.0.1', EPICS_PVA_NAME_SERVERS: '' }
  const heard = (server: Server): Environment => ({
    ...NOBODY_ELSE,
    EPICS_PVA_BROADCAST_PORT: String(server.udpPort),
    XDG_CACHE_HOME: cache,
  })

  it('are there as soon as a server has told them, while list still listens', async () => {
    await rm(join(cache, 'node-pvxs'), { recursive: true })
    await withServer(async (server) => {
      await using listing = new Running(['list', '--all', '-w', '0'], { env: heard(server) })
      await listing.line()
      expect((await names()).split('\n')).toContain('x:double')
    })
  })

  it('are looked for when there are none yet, and the completion waits for them', async () => {
    await rm(join(cache, 'node-pvxs'), { recursive: true })
    vi.stubEnv('XDG_CACHE_HOME', cache)
    const waiting = namesWithin(60_000)
    await withServer(async (server) => {
      await run(['completion', 'reply', '--', 'fish', 'get', 'x:'], { env: heard(server) })
      expect(await waiting).toContain('x:double')
    })
    vi.unstubAllEnvs()
  })

  it('are not waited for longer than they may be', async () => {
    await keep()
    vi.stubEnv('XDG_CACHE_HOME', cache)
    expect(await namesWithin(0)).toEqual([])
    vi.unstubAllEnvs()
  })

  it('are looked for again after a while when nobody told any', async () => {
    await keep()
    const file = join(cache, 'node-pvxs/names')
    const old = new Date(Date.now() - 30_000)
    await utimes(file, old, old)
    await offered('get', 'c')
    expect((await stat(file)).mtimeMs).toBeGreaterThan(old.getTime())
  })

  it('are nobody else’s concern: list does its work where they cannot be kept', async () => {
    await withServer(async (server) => {
      const at = `127.0.0.1:${server.tcpPort}`
      const { code, stderr } = await run(['list', at], { env: { XDG_CACHE_HOME: '/dev/null' } })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    })
  })
})
