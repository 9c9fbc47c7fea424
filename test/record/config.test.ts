// Configurations as text: comments, substitutions, and every fault with its place.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ConfigError, parseConfig, type ConfigFault } from 'node-pvxs/record'
import { run } from '../cli/run.js'

const sinks = '"sinks": { "f": { "type": "jsonl", "path": "x.jsonl" } }'

function faultsIn(text: string, env: Record<string, string> = {}): readonly ConfigFault[] {
  try {
    parseConfig(text, { env })
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).faults
  }
  throw new Error('it has no faults')
}

async function folder(files: Record<string, string>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'node-pvxs-config-'))
  onTestFinished(() => rm(path, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  return path
}

describe('a configuration', () => {
  it('may have comments, trailing commas and a byte order mark; entries become objects', () => {
    const text = `\ufeff{ /* all */ "pvs": ["a", { "name": "b", "deadband": 1 },], // two\n ${sinks}, }`
    expect(parseConfig(text)).toEqual({
      pvs: [{ name: 'a' }, { name: 'b', deadband: 1 }],
      sinks: { f: { type: 'jsonl', path: 'x.jsonl' } },
    })
  })

  it('takes texts from variables and files, and names from a file', async () => {
    const path = await folder({ secret: ' hush\n', 'names.txt': '# names\na\n\nb # two\n' })
    const text = `{ "pvs": [{ "file": "names.txt", "deadband": 2 }],
      "sinks": { "db": { "type": "influx", "url": "http://\${env:HOST}:8086", "database": "\${env:DB:-lab}", "token": "\${file:secret}", "prefix": "$\${x}" } } }`
    const config = parseConfig(text, { file: join(path, 'rec one.jsonc'), env: { HOST: 'h' } })
    expect(config.pvs).toEqual([
      { name: 'a', deadband: 2 },
      { name: 'b', deadband: 2 },
    ])
    expect(config.sinks['db']).toMatchObject({
      url: 'http://h:8086',
      database: 'lab',
      token: 'hush',
      prefix: '${x}',
    })
    expect(config.name).toBe(`${hostname().replace(/[^A-Za-z0-9._-]/g, '-')}-rec-one`)
  })

  it('tells all its faults, each with line, column and pointer', () => {
    const text = `{\n  "pvs": ["a", { "name": "b", "deadbnd": 1 }, " c"],\n  "sinks": { "f": { "type": "jsnl" } },\n  "drain": -1\n}`
    expect(faultsIn(text).map(({ line, column, pointer }) => [line, column, pointer])).toEqual([
      [2, 31, '/pvs/1/deadbnd'],
      [3, 29, '/sinks/f/type'],
      [4, 12, '/drain'],
    ])
    const names = faultsIn(`{ "pvs": ["a", " c"], ${sinks} }`)
    expect(names).toEqual([expect.objectContaining({ pointer: '/pvs/1', line: 1, column: 16 })])
  })

  it.each([
    ['', 'it is empty'],
    ['{', 'not JSON'],
    ['{ "pvs": [}', 'not JSON'],
    [`{ "pvs": ["a"], "pvs": ["b"], ${sinks} }`, 'stands here twice'],
    [`{ "pvs": [{ "file": "absent.txt" }], ${sinks} }`, '"absent.txt" cannot be read: ENOENT'],
    ['{ "pvs": ["${env:NOPE}"] }', 'the variable NOPE is not set'],
    ['{ "pvs": ["${nope}"] }', 'is not ${env:NAME}'],
    ['{ "pvs": ["${file:absent}"] }', '"absent" cannot be read'],
  ])('is refused with a reason: %s', (text, reason) => {
    expect(
      faultsIn(text)
        .map(({ message }) => message)
        .join(),
    ).toContain(reason)
  })

  it('never shows what came from a variable', () => {
    const text = `{ "pvs": ["a"], "sinks": { "db": { "type": "influx", "url": "\${env:U}", "database": "d", "layout": "\${env:U}" } } }`
    const faults = faultsIn(text, { U: 'hush-hush' })
    expect(faults.map(({ pointer }) => pointer)).toEqual(['/sinks/db/url', '/sinks/db/layout'])
    expect(JSON.stringify(faults)).not.toContain('hush')
  })
})

describe('record --check', () => {
  it('is content with a good configuration, and tells the faults of a bad one with their places', async () => {
    const path = await folder({
      'good.jsonc': `{ "pvs": ["a"], ${sinks} }`,
      'bad.jsonc': `{ "pvs": ["a"],\n  ${sinks.replace('path', 'pth')} }`,
    })
    expect(await run(['record', '--check', join(path, 'good.jsonc')])).toMatchObject({
      code: 0,
      stderr: 'node-pvxs: 1 PVs, 1 sinks: no faults\n',
    })
    const bad = await run(['record', '--check', join(path, 'bad.jsonc')])
    expect(bad.code).toBe(2)
    expect(bad.stderr).toMatch(/^\S+bad\.jsonc:2:\d+ /m)
    expect(bad.stderr).toContain(
      `${join(path, 'bad.jsonc')}:2:38 /sinks/f/pth: unknown key "pth"; did you mean "path"?`,
    )
    expect((await run(['record', join(path, 'good.jsonc'), 'b'])).code).toBe(2)
  })
})

describe('record --init', () => {
  it('writes a configuration that has no faults, and never over a file that is there', async () => {
    const path = join(await folder({}), 'rec.jsonc')
    expect(await run(['record', '--init', path])).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect((await run(['record', '--check', path])).code).toBe(0)
    const again = await run(['record', '--init', path])
    expect(again).toMatchObject({ code: 2 })
    expect(again.stderr).toContain('is there already')
  })
})

describe('record --print', () => {
  it('shows the configuration in effect, without what is secret or from outside', async () => {
    const path = await folder({
      token: 'hush-file',
      'names.txt': 'b\nc\n',
      'rec.jsonc': `{ "name": "r", "defaults": { "deadband": 1, "every": 5000 },
        "pvs": ["a", { "file": "names.txt", "deadband": 3 }],
        "sinks": { "db": { "type": "influx", "url": "http://me:hush-url@h:8086", "database": "\${env:DB}", "token": "\${file:token}" },
          "b": { "type": "btrdb", "endpoint": "h:4410", "apiKey": "hush-key" } },
        "http": { "port": 1, "token": "hush-http" } }`,
    })
    const words = [
      'record',
      '--print',
      join(path, 'rec.jsonc'),
      '--deadband',
      '2',
      '--http',
      '0',
      '--name',
      'other',
    ]
    const { code, stdout, stderr } = await run(words, { env: { DB: 'hush-db' } })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toContain('hush')
    expect(JSON.parse(stdout)).toEqual({
      name: 'other',
      defaults: { deadband: 2, every: 5000 },
      pvs: [{ name: 'a' }, { name: 'b', deadband: 3 }, { name: 'c', deadband: 3 }],
      sinks: {
        db: { type: 'influx', url: 'http://***@h:8086', database: '***', token: '***' },
        b: { type: 'btrdb', endpoint: 'h:4410', apiKey: '***' },
      },
      http: { port: 0, token: '***' },
    })
  })

  it('shows what a command line stands for, --to in place of the sinks of a configuration', async () => {
    const path = await folder({ 'rec.jsonc': `{ "name": "r", "pvs": ["a"], ${sinks} }` })
    const typed = await run(['record', '--print', 'a', '--to', 'pi://me:hush@pi.lab/piwebapi?create=true'])
    expect(JSON.parse(typed.stdout)).toMatchObject({
      pvs: ['a'],
      sinks: {
        pi: { type: 'pi', url: 'https://pi.lab/piwebapi', username: 'me', password: '***', create: true },
      },
    })
    const words = ['record', '--print', join(path, 'rec.jsonc'), '--to', 'btrdbs://hush@h', '--spool', 'd']
    expect(JSON.parse((await run(words)).stdout)).toEqual({
      name: 'r',
      pvs: [{ name: 'a' }],
      sinks: { btrdb: { type: 'btrdb', endpoint: 'h:4411', apiKey: '***' } },
      spool: { dir: 'd' },
    })
  })

  it.each([
    [['--schema', 'a'], '--schema takes no PV'],
    [['--init', 'x.jsonc', 'a'], '--init takes no PV'],
    [['--init', '/dev/null/x'], 'ENOTDIR'],
  ])('refuses %j', async (words, reason) => {
    const { code, stderr } = await run(['record', ...words])
    expect(code).toBe(2)
    expect(stderr).toContain(reason)
  })
})
