// Whatever may be typed, at any command: exit 2 with a sentence, never a stack, and nothing is sent or begun.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Server } from 'node-pvxs'
import { optionsOf } from '../../lib-ts/cli/help.js'
import { commands } from '../../lib-ts/cli/table.js'
import { run } from './run.js'
import { expectSentence, serveEveryKind } from './served.js'

const all = await Promise.all(
  Object.entries(commands).map(async ([name, { load }]) => ({ name, command: await load() })),
)

let server: Server
let folder: string
beforeAll(async () => {
  server = await serveEveryKind()
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-typed-'))
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
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

  const needed: Readonly<Record<string, readonly string[]>> = {
    record: ['--to', 'jsonl:-'],
    history: ['--store', 'jsonl:nowhere'],
  }
  const reading = all.filter(({ command }) => command.shares.includes('names')).map(({ name }) => name)

  it.each(reading)('%s with names that cannot be read is usage', async (name) => {
    const rest = needed[name] ?? []
    const bytes = join(folder, 'bytes')
    await writeFile(bytes, Buffer.from([0x61, 0xff, 0x0a]))
    const long = join(folder, 'long')
    await writeFile(long, `ok\n${'y'.repeat(1025)}\n`)
    for (const file of [bytes, long, folder, join(folder, 'nope')]) {
      const { code, stdout, stderr } = await run([name, '-f', file, ...rest], { server })
      expect({ file, code, stdout }).toEqual({ file, code: 2, stdout: '' })
      expectSentence(stderr)
    }
    const { code, stderr } = await run([name, '-f', '-', ...rest], { server, input: Buffer.from([0xc3]) })
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
    const ending = ['get', 'put', 'call', 'info', 'list', 'types', 'completion', 'config', 'history']
    const lines = fc.sample(fc.tuple(fc.constantFrom(...ending), fc.array(words, { maxLength: 5 })), {
      numRuns: 80,
      seed: 7,
    })
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

  // The others run until they are ended, or send into the network, when the words happen to be right.
  const going = ['monitor', 'serve', 'bridge', 'record', 'bench', 'doctor', 'watch-net']
  it.each(going)('%s with one wrong option among random words begins nothing', async (name) => {
    const word = fc.string({ unit: 'grapheme-composite', maxLength: 12 })
    const usable = word.filter((text) => !/^-|\u0000/.test(text))
    for (const words of fc.sample(fc.array(usable, { maxLength: 4 }), { numRuns: 6, seed: 8 })) {
      const { code, stdout, stderr } = await run([name, ...words, '--nope'], { server })
      expect({ words, code, stdout }).toEqual({ words, code: 2, stdout: '' })
      expectSentence(stderr)
    }
  })

  it('every command is among them', () => {
    const held = [...going, 'get', 'put', 'call', 'info', 'list', 'types', 'completion', 'config', 'history']
    expect(Object.keys(commands).filter((name) => !held.includes(name))).toEqual([])
  })

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
