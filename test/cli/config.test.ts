// config: which setting is in force, and by what; the configuration file.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run, type Environment, type Ran } from './run.js'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-config-'))
  file = join(folder, 'config')
  await writeFile(
    file,
    '# for all\r\ntimeout = 2   # seconds\r\nudp-port=1\r\n\r\n[ lab ]\r\nudp-port = 3\r\naddr = 10.0.0.1, 10.0.0.2:5077\r\n[empty]\r\n',
  )
})
afterAll(() => rm(folder, { recursive: true }))

const config = (args: readonly string[], env: Environment = {}): Promise<Ran> =>
  run(['config', ...args], { env: { NODE_PVXS_CONFIG: file, EPICS_PVA_NAME_SERVERS: '', ...env } })

async function inForce(
  setting: string,
  args: readonly string[] = [],
  env: Environment = {},
): Promise<{ value: string; from: string } | undefined> {
  const { code, stdout, stderr } = await config([...args, '--json'], env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const lines = stdout.trimEnd().split('\n')
  const rows = lines.map((line) => JSON.parse(line) as { setting: string; value: string; from: string })
  const { value, from } = rows.find((row) => row.setting === setting) ?? {}
  return value === undefined || from === undefined ? undefined : { value, from: from.replace(folder, '') }
}

describe('a setting', () => {
  const section = ['--profile', 'lab']
  const variable = { EPICS_PVA_BROADCAST_PORT: '2' }
  it.each([
    ['an option is strongest', [...section, '--udp-port', '4'], variable, '4', '--udp-port'],
    ['then the section', section, variable, '3', '/config:6'],
    ['then the variable', [], variable, '2', 'EPICS_PVA_BROADCAST_PORT'],
    ['then the first lines of the file', [], {}, '1', '/config:3'],
    ['then the default', [], { NODE_PVXS_CONFIG: '' }, '5076', 'default'],
    ['a variable that is blank does not count', [], { EPICS_PVA_BROADCAST_PORT: ' ' }, '1', '/config:3'],
    ['a section by NODE_PVXS_PROFILE', [], { ...variable, NODE_PVXS_PROFILE: 'lab' }, '3', '/config:6'],
    ['--profile beats that', ['--profile', 'empty'], { NODE_PVXS_PROFILE: 'lab' }, '1', '/config:3'],
  ] as [string, string[], Environment, string, string][])('%s', async (_, args, env, value, from) => {
    expect(await inForce('udp-port', args, env)).toEqual({ value, from })
  })

  it('stands under its name, with comments and CRLF taken', async () => {
    expect(await inForce('timeout')).toEqual({ value: '2', from: '/config:2' })
    expect(await inForce('addr', section)).toEqual({ value: '10.0.0.1, 10.0.0.2:5077', from: '/config:7' })
    expect(await inForce('profile', section)).toEqual({ value: 'lab', from: '--profile' })
    expect(await inForce('file')).toEqual({ value: file, from: 'NODE_PVXS_CONFIG' })
  })

  it('is a line of a table without --json', async () => {
    const { stdout } = await config(['-w', '7'])
    expect(stdout).toMatch(/^timeout {6}7 +--timeout$/m)
    expect(stdout).toMatch(/^format {7}line +default$/m)
  })
})

it('the file is looked for in XDG_CONFIG_HOME, then in .config', async () => {
  await mkdir(join(folder, 'node-pvxs'), { recursive: true })
  await mkdir(join(folder, '.config/node-pvxs'), { recursive: true })
  await writeFile(join(folder, 'node-pvxs/config'), 'timeout = 8\n')
  await writeFile(join(folder, '.config/node-pvxs/config'), 'timeout = 9\n')
  const env = { NODE_PVXS_CONFIG: '', HOME: folder }
  expect(await inForce('timeout', [], { ...env, XDG_CONFIG_HOME: folder })).toEqual({
    value: '8',
    from: '/node-pvxs/config:1',
  })
  expect(await inForce('timeout', [], env)).toEqual({ value: '9', from: '/.config/node-pvxs/config:1' })
})

describe('is usage, with file, line and what was meant:', () => {
  it.each([
    ['an unknown key', 'timeout = 1\ntimeuot = 2\n', ':2: "timeuot" is not a key; did you mean "timeout"?'],
    ['a bad value', 'udp-port = x\n', ':1: udp-port: "x" is not an integer from 1 to 65535'],
    ['a bad word', '\n[a]\ncolor = blue\n', ':3: color: "blue" is not one of auto, always, never'],
    ['a line that is neither', 'nonsense\n', ':1: "nonsense" is not key = value, and not a [section]'],
    ['a section without a name', '[ ]\n', ':1: the section has no name'],
    ['a control character', 'a\u001b[2J = 1\n', ':1: "a\\u001b[2J" is not a key'],
  ])('%s', async (_, content, message) => {
    const bad = join(folder, 'bad')
    await writeFile(bad, content)
    const { code, stdout, stderr } = await config([], { NODE_PVXS_CONFIG: bad })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(bad + message)
  })

  it('a file that is not there, is a folder, or is not UTF-8', async () => {
    const bytes = join(folder, 'bytes')
    await writeFile(bytes, Buffer.from([0xff, 0xfe]))
    for (const path of [join(folder, 'nope'), folder, bytes])
      expect(await config([], { NODE_PVXS_CONFIG: path })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`${path}: the configuration file cannot be read: `) as string,
      })
    expect((await config([], { NODE_PVXS_CONFIG: bytes })).stderr).toContain('it is not UTF-8 text')
  })

  it('an unknown section', async () => {
    expect((await config(['--profile', 'lap'])).stderr).toContain(
      `${file}: no section "lap"; did you mean "lab"? (lab, empty)`,
    )
  })

  it('an argument', async () => {
    expect(await config(['timeout'])).toMatchObject({ code: 2, stdout: '' })
  })
})
