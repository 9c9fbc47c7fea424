// What holds for every command: stdout is data and stderr is talk, success is silent there, 0 means done, and nothing of
// the network acts on a terminal. Signals, closed pipes, full disks, and whatever else may be typed.
import { spawn, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NTEnum, NTScalar, RemoteError, SharedPV, TypeDef, type Server, type Value } from 'node-pvxs'
import { optionsOf } from '../../lib-ts/cli/help.js'
import { failureText } from '../../lib-ts/cli/failures.js'
import { Formatter } from '../../lib-ts/cli/output/formats.js'
import { layout } from '../../lib-ts/cli/output/layout.js'
import { commands } from '../../lib-ts/cli/table.js'
import { filled } from '../unit/arbitrary.js'
import { onLinux, onPosix } from '../needs.js'
import { environment, program, run, Running } from './run.js'
import { nasty, serveEveryKind } from './served.js'

const all = await Promise.all(
  Object.entries(commands).map(async ([name, { load }]) => ({ name, command: await load() })),
)

let server: Server
let folder: string
beforeAll(async () => {
  server = await serveEveryKind({
    'x:add': new SharedPV({
      onRpc: ({ args }) => new NTScalar('string').create({ value: `${String(args['a'])}${nasty}` }),
    }),
    'x:refuse': new SharedPV({
      onRpc: () => {
        throw new RemoteError(nasty)
      },
    }),
    'x:hostile': SharedPV.mailbox(new TypeDef('struct', nasty, { value: 'string' }), { value: nasty }),
    'x:labels': SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices: [nasty, 'b'] } }),
  })
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-rules-'))
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

/** A run of each command that does what was asked, and ends by itself. */
const succeeding: Readonly<Record<string, readonly string[]>> = {
  get: ['x:double', 'x:nasty'],
  monitor: ['x:nasty', '-n', '1'],
  put: ['x:hostile', nasty, '--show'],
  call: ['x:add', 'a=1'],
  info: ['x:hostile'],
  list: ['SERVER'],
  types: ['x:hostile'],
  completion: ['bash'],
  config: [],
}

/** They run until they are ended, or look at the whole network: their own tests hold them to the rules. */
const elsewhere = ['serve', 'doctor', 'watch-net', 'bench', 'record', 'history', 'bridge']

it('every command is held to the rules', () => {
  const held = [...Object.keys(succeeding), ...elsewhere]
  expect(Object.keys(commands).filter((name) => !held.includes(name))).toEqual([])
})

/** A run of each command whose server answers with text that a terminal would act on. */
const hostile: readonly (readonly string[])[] = [
  ['get', 'x:nasty', 'x:hostile', 'x:labels'],
  ['get', 'x:nasty', '-F', 'delta'],
  ['get', 'x:hostile', '-F', 'tree'],
  ['get', 'x:refusing'],
  ['monitor', 'x:nasty', '-n', '1'],
  ['put', 'x:hostile', 'a', '--dry-run'],
  ['put', 'x:labels', 'nope'],
  ['put', 'x:hostile', '--json', nasty],
  ['call', 'x:add', 'a=1'],
  ['call', 'x:refuse'],
  ['info', 'x:hostile'],
  ['types', 'x:hostile'],
]

const at = (args: readonly string[]): string[] =>
  args.map((arg) => (arg === 'SERVER' ? `127.0.0.1:${server.tcpPort}` : arg))

// ESC, CSI and the like, DEL, and what turns the writing direction.

const ACTING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u

/** A sentence on stderr, and never a stack. */
function expectSentence(stderr: string): void {
  expect(stderr).toMatch(/^node-pvxs: \S/)
  expect(stderr).not.toMatch(/^\s+at |node:internal|\.js:\d+/m)
  expect(stderr).not.toMatch(ACTING)
}

describe.each(Object.entries(succeeding))('%s', (name, args) => {
  it('succeeds with data on stdout and nothing on stderr', async () => {
    const { code, stdout, stderr } = await run([name, ...at(args)], { server })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toBe('')
  })

  it.skipIf(onLinux.missing)(onLinux.named('is 1 with a sentence when the disk is full'), async () => {
    const full = await open('/dev/full', 'w')
    const { code, stderr } = await started([name, ...at(args)], { stdio: ['ignore', full.fd, 'pipe'] })
    await full.close()
    expect(code).toBe(1)
    expectSentence(stderr)
    expect(stderr).toContain('the output cannot be written: ENOSPC')
  })

  it.skipIf(onPosix.missing)(
    onPosix.named('is 0, and quiet, when its reader has closed the pipe'),
    async () => {
      const line = `'${process.execPath}' '${program}' "$@" | true; exit \${PIPESTATUS[0]}`
      const child = spawn('bash', ['-c', line, 'bash', name, ...at(args)], { env: environment({ server }) })
      let stderr = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      const [code] = (await once(child, 'close')) as [number | null]
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    },
  )
})

async function started(
  args: readonly string[],
  how: SpawnOptions,
): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], { env: environment({ server }), ...how })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stderr }
}

it.each(hostile)('%s %s: no text of the network acts on a terminal', async (...words) => {
  const { stdout, stderr } = await run(words, { server })
  expect(stdout + stderr).not.toBe('')
  expect(stdout).not.toMatch(ACTING)
  expect(stderr).not.toMatch(ACTING)
})

it('no text of a value acts on a terminal, in any format', () => {
  const formats = [
    'line',
    'delta',
    'tree',
    'json',
    'csv',
    'raw',
    [{ path: 'value' }, { text: '\n' }],
  ] as const
  fc.assert(
    fc.property(filled, fc.string({ unit: 'binary' }), (made, text) => {
      const value = made.$freeze() as Value
      for (const format of formats) {
        if (typeof format !== 'string' && value.$type.members.every(({ name }) => name !== 'value')) continue
        const formatter = new Formatter(
          {
            format,
            maxItems: undefined,
            precision: undefined,
            time: 'utc',
            enums: 'label',
            int64: 'string',
            color: false,
            terminal: true,
          },
          [text],
        )
        expect(formatter.reading({ name: text, value, update: true }).replaceAll('\t', '')).not.toMatch(
          ACTING,
        )
      }
      expect(layout(value.$type)).not.toMatch(ACTING)
      expect(failureText(text, new Error(text), true).replaceAll('\t', '')).not.toMatch(ACTING)
    }),
    { numRuns: 300 },
  )
})

describe.skipIf(onPosix.missing)(onPosix.named('a signal'), () => {
  const waiting = [
    ['get', 'nope', '-w', '0'],
    ['monitor', 'x:double'],
    ['put', 'nope', '1', '-w', '0'],
    ['call', 'nope', '-w', '0'],
    ['info', 'nope', '-w', '0'],
    ['list', '-w', '0'],
    ['types', 'nope', '-w', '0'],
  ]
  const cases = waiting.flatMap((args) =>
    (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => ({ args, signal })),
  )

  it.each(cases)('$signal ends $args at once, without a word', async ({ args, signal }) => {
    await using running = new Running([...args, '-v'], {
      server,
      env: { EPICS_PVA_NAME_SERVERS: '127.0.0.1:9' },
    })
    await running.says('addressList')
    const before = running.stderr
    running.child.kill(signal)
    const { code, stderr } = await running.ended
    expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal])
    expect(stderr.slice(before.length).replace(/^\d{4}-.*\n|^\w+ = .*\n/gm, '')).toBe('')
  })
})

describe('whatever is typed', () => {
  const bad = '\u001b[2J\u0000'.replace('\u0000', '')
  const options = all.flatMap(({ name, command }) =>
    optionsOf(command)
      .filter(({ value, help }) => value !== undefined && help !== '')
      .map((option) => ({ name, option: option.name, read: option.read })),
  )
  const refusing = options.filter(({ read, option }) => {
    try {
      read(bad, option)
      return false
    } catch {
      return true
    }
  })

  it.each(all)(
    '$name with an empty name, one of 1025 bytes, or a control character is usage',
    async ({ name, command }) => {
      if (command.completes !== 'pv') return
      for (const word of ['', 'x'.repeat(1025), 'a\u001b[2Jb', ' a', 'ca://x']) {
        const rest = name === 'put' ? ['1'] : []
        const { code, stdout, stderr } = await run([name, word, ...rest], { server })
        expect({ word, code, stdout }).toEqual({ word, code: 2, stdout: '' })
        expectSentence(stderr)
      }
    },
  )

  it('a bad value of any option of any command is usage, with a sentence that names the option', async () => {
    const seen = new Set<string>()
    for (const { name, option } of refusing) {
      if (seen.has(option)) continue
      seen.add(option)
      const { code, stdout, stderr } = await run([name, `--${option}`, bad], { server })
      expect({ option, code, stdout }).toEqual({ option, code: 2, stdout: '' })
      expectSentence(stderr)
      expect(stderr).toContain(`--${option}`)
    }
    expect(seen.size).toBeGreaterThan(8)
  })

  it('an option that wants a value and has none is usage, for every command', async () => {
    for (const { name } of all) {
      const wanting = options.find((one) => one.name === name)
      if (wanting === undefined) continue
      const { code, stderr } = await run([name, `--${wanting.option}`], { server })
      expect({ name, code }).toEqual({ name, code: 2 })
      expectSentence(stderr)
    }
  })

  it.each(['get', 'monitor', 'info', 'types'])('%s with names that cannot be read is usage', async (name) => {
    const bytes = join(folder, 'bytes')
    await writeFile(bytes, Buffer.from([0x61, 0xff, 0x0a]))
    const long = join(folder, 'long')
    await writeFile(long, `ok\n${'y'.repeat(1025)}\n`)
    for (const file of [bytes, long, folder, join(folder, 'nope')]) {
      const { code, stdout, stderr } = await run([name, '-f', file], { server })
      expect({ file, code, stdout }).toEqual({ file, code: 2, stdout: '' })
      expectSentence(stderr)
    }
    const { code, stderr } = await run([name, '-f', '-'], { server, input: Buffer.from([0xc3]) })
    expect(code).toBe(2)
    expectSentence(stderr)
  })

  it('random words never make a stack, and never end with anything but a code of the list', async () => {
    const words = fc.oneof(
      fc.constantFrom(
        'x:double',
        '-',
        '--',
        '-w',
        '0.2',
        '--json',
        '=',
        'a=',
        '{',
        '[',
        '@',
        '-F',
        '{x',
        '-n',
        '--pv',
      ),
      fc.string({ unit: 'grapheme-composite', maxLength: 12 }).filter((text) => !text.includes('\u0000')),
    )
    const lines = fc.sample(
      fc.tuple(
        fc.constantFrom('get', 'put', 'call', 'info', 'types', 'completion', 'config'),
        fc.array(words, { maxLength: 5 }),
      ),
      { numRuns: 60, seed: 7 },
    )
    for (const [name, args] of lines) {
      const { code, stderr, stdout } = await run(
        [name, ...args, '-w', '0.2'].filter((arg) => !arg.startsWith('-o')),
        { server },
      )
      expect([0, 1, 2, 3]).toContain(code)
      if (code !== 0 && stderr !== '') expectSentence(stderr)
      expect(stdout + stderr).not.toMatch(/^\s+at .*:\d+:\d+/m)
    }
  }, 120_000)

  it('10000 names are asked for, and answered in order', async () => {
    const names = Array.from({ length: 10_000 }, (_, k) => (k % 2 === 0 ? 'x:int64' : 'x:bool'))
    const { code, stdout, stderr } = await run(['get', '-f', '-', '--raw'], {
      server,
      input: names.join('\n'),
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe('9007199254740993\ntrue\n'.repeat(5_000))
  })
})
