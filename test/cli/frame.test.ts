// Words, help, versions, usage: what runs without a network and without the addon.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toggle, UsageError, valued } from '../../lib-ts/cli/declare.js'
import { optionsOf } from '../../lib-ts/cli/help.js'
import { parse } from '../../lib-ts/cli/parse.js'
import { addresses, duration, integer } from '../../lib-ts/cli/readers.js'
import { commands } from '../../lib-ts/cli/table.js'
import { onPosix } from '../needs.js'
import { run, type Ran } from './run.js'

const noAddon = ['--require', join(import.meta.dirname, 'no-addon.cjs')]
const bare = (...args: string[]): Promise<Ran> => run(args, { flags: noAddon })

describe('options', () => {
  const verbose = toggle('verbose', '', 'v')
  const wait = valued('timeout w', 'T', '', (text) => text)
  const items = valued('max-items #', 'N', '', integer(0))
  const file = valued('file f', 'FILE', '', (text) => text)
  const known = [verbose, wait, items, file]

  it.each([
    ['-v -w2 a', ['a'], true, '2'],
    ['-vw2 a', ['a'], true, '2'],
    ['a -vw 2', ['a'], true, '2'],
    ['a --timeout=2 --verbose', ['a'], true, '2'],
    ['--timeout 2 -- -v a', ['-v', 'a'], undefined, '2'],
    ['- -w -1', ['-'], undefined, '-1'],
  ])('%s', (line, args, v, w) => {
    const parsed = parse(line.split(' '), known)
    expect([parsed.args, parsed.of(verbose), parsed.of(wait)]).toEqual([args, v, w])
  })

  it.each(['-5', '-1e3', '-.5', '-inf', '-Infinity', '-nan', '-0xf', '-1,2,-3'])(
    'leave the number %s an argument',
    (number) => {
      expect(parse(['x', number, '-v'], known).args).toEqual(['x', number])
    },
  )

  it('take the last of several values', () => {
    expect(parse(['-w1', '-#', '3', '-w', '2', '-#4'], known).of(items)).toBe(4)
  })

  it.each([
    [['--verbos'], 'unknown option "--verbos"; did you mean "--verbose"?'],
    [['-verbose'], 'unknown option "-verbose"; did you mean "--verbose"?'],
    [['-x'], 'unknown option "-x"'],
    [['-vx'], 'unknown option "-x"'],
    [['-w'], 'option -w needs a value: -w T'],
    [['--verbose=1'], 'option --verbose takes no value, and "1" was given'],
    [['-#', 'x'], '-#: "x" is not an integer from 0 on'],
  ])('%j is usage', (words, message) => {
    expect(() => parse(words, known)).toThrow(new UsageError(message))
  })

  it.each([
    ['1', 1_000],
    ['0.5', 500],
    ['.5s', 500],
    ['200ms', 200],
    ['2m', 120_000],
    ['0', Infinity],
    ['inf', Infinity],
    ['1e1', 10_000],
  ])('read the time %s', (text, ms) => {
    expect(duration(text, '-w')).toBe(ms)
  })

  it.each(['', '-1', 'x', '1h', '1 s', 'nan', '0x10'])('refuse the time %j', (text) => {
    expect(() => duration(text, '-w')).toThrow(UsageError)
  })

  it('split a list of addresses, and leave them their TTL', () => {
    expect(addresses('10.0.0.1,10.0.0.2:5076 224.0.0.9,8@10.0.0.3,host')).toEqual([
      '10.0.0.1',
      '10.0.0.2:5076',
      '224.0.0.9,8@10.0.0.3',
      'host',
    ])
  })
})

describe('every command', async () => {
  const all = await Promise.all(
    Object.entries(commands).map(async ([name, { load }]) => ({ name, command: await load() })),
  )

  it.each(all)('$name is declared under its own name, with options that differ', ({ name, command }) => {
    expect(command.name).toBe(name)
    const options = optionsOf(command)
    const letters = options.flatMap(({ short }) => short ?? [])
    expect(new Set(letters).size).toBe(letters.length)
    expect(new Set(options.map((option) => option.name)).size).toBe(options.length)
  })

  it.each(all)(
    '$name --help is on stdout, within 80 columns, without the addon',
    async ({ name, command }) => {
      const { code, stdout, stderr } = await bare(name, '--nonsense', 'x', '--help')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
      for (const option of optionsOf(command)) expect(stdout).toContain(`--${option.name}`)
      expect(await bare('help', name)).toMatchObject({ code: 0, stdout })
    },
  )

  it.each(all)('$name names the option that was meant, and exits with 2', async ({ name }) => {
    const { code, stdout, stderr } = await bare(name, '--colour=never')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(
      `node-pvxs: unknown option "--colour"; did you mean "--color"?\ntry: node-pvxs ${name} --help\n`,
    )
  })
})

describe('node-pvxs', () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    version: string
  }

  it('lists its commands within 80 columns', async () => {
    const { code, stdout, stderr } = await bare('--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const name of Object.keys(commands)) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('prints its version in one line', async () => {
    expect(await bare('-V')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
    expect(await bare('get', '--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('tells all versions with -Vv', async () => {
    const { code, stdout } = await run(['-Vv'])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^package ${version}\npvxs PVXS 1\\.`))
  })

  it.each([
    [['gte'], /^node-pvxs: unknown command "gte"; did you mean "get"\?/],
    [['help', 'gte'], /^node-pvxs: unknown command "gte"; did you mean "get"\?/],
    [[], /^node-pvxs: no command is named\n/],
    [['-v'], /^node-pvxs: no command is named\n/],
    [['\u001b[31m'], /^node-pvxs: unknown command "\\u001b\[31m"/],
    [['constructor'], /^node-pvxs: unknown command "constructor"/],
  ])('%j is usage', async (words, message) => {
    const { code, stdout, stderr } = await bare(...words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })
})

describe.skipIf(onPosix.missing)(onPosix.named('a program node-pvxs-NAME on the PATH'), () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'node-pvxs-path-'))
    const script = '#!/bin/sh\necho "$0 $*" | sed "s,.*/,,"\n[ "$1" = wait ] && exec sleep 60\nexit 7\n'
    for (const name of ['hello', 'get']) {
      await writeFile(join(folder, `node-pvxs-${name}`), script)
      await chmod(join(folder, `node-pvxs-${name}`), 0o755)
    }
  })
  afterAll(() => rm(folder, { recursive: true }))
  const outside = (...args: string[]): Promise<Ran> =>
    run(args, { env: { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` } })

  it('is run with the rest of the line, and its exit code is ours', async () => {
    expect(await outside('hello', '-x', 'y')).toMatchObject({
      code: 7,
      stdout: 'node-pvxs-hello -x y\n',
      stderr: '',
    })
  })

  it('does not stand in for a command of ours', async () => {
    expect(await outside('get')).toMatchObject({ code: 2, stdout: '' })
  })
})
