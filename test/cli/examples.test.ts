// examples/cli, and the lines of the guide for scripts: all of them run, on what the example's definitions serve.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../lib-ts/cli/table.js'
import { onPosix, programs } from '../needs.js'
import { environment, program, run, Running } from './run.js'

const root = join(import.meta.dirname, '../..')
const examples = join(root, 'examples/cli')
const jq = programs([{ command: 'jq', args: ['--version'], debian: 'jq' }])

describe.skipIf(onPosix.missing)(onPosix.named('with the PVs of the definitions'), () => {
  let serving: Running
  let folder: string
  let server: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'node-pvxs-examples-'))
    await mkdir(join(folder, 'bin'))
    await writeFile(
      join(folder, 'bin/node-pvxs'),
      `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`,
    )
    await chmod(join(folder, 'bin/node-pvxs'), 0o755)
    serving = new Running(['serve', '-f', join(examples, 'definitions'), '--isolated', '--json'])
    const { tcpPort } = JSON.parse(await serving.line()) as { tcpPort: number }
    server = `127.0.0.1:${tcpPort}`
  })
  afterAll(async () => {
    await serving[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  async function bash(
    line: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const user = environment({ env: { EPICS_PVA_NAME_SERVERS: server, ...env } })
    const child = spawn('bash', ['-o', 'pipefail', '-c', line], {
      cwd: folder,
      env: { ...user, PATH: `${join(folder, 'bin')}${delimiter}${user['PATH'] ?? ''}` },
    })
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => (said[stream] += text))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, ...said }
  }

  it('log-csv.sh logs to a file', async () => {
    expect(await bash(`'${examples}/log-csv.sh' log.csv lab:temperature lab:mode -n 2`)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    const [header, ...rows] = (await readFile(join(folder, 'log.csv'), 'utf8')).trimEnd().split('\r\n')
    expect(header).toBe('name,time,severity,message,value')
    expect(rows.map((row) => row.replace(/,.*,/, ',')).sort()).toEqual([
      'lab:mode,Off',
      'lab:temperature,21.5',
    ])
  })

  it('check-limits.sh tells by its exit code', async () => {
    const check = (...args: string[]): ReturnType<typeof bash> =>
      bash(`'${examples}/check-limits.sh' ${args.join(' ')}`, { WAIT: '0.5' })
    expect(await check('lab:temperature', '15', '30')).toMatchObject({
      code: 0,
      stdout: 'OK: lab:temperature is 21.5\n',
    })
    expect(await check('lab:temperature', '15', '20')).toMatchObject({
      code: 1,
      stdout: 'CRITICAL: lab:temperature is 21.5, not within 15 to 20\n',
    })
    expect(await check('lab:nope', '0', '1')).toMatchObject({ code: 3, stdout: '' })
  })

  it('config has two profiles', async () => {
    const env = { NODE_PVXS_CONFIG: join(examples, 'config'), EPICS_PVA_NAME_SERVERS: '' }
    const { stdout } = await run(['config', '--profile', 'gateway'], { env })
    expect(stdout).toMatch(/^name-server +gateway\.lab\.example:5075 /m)
    expect(stdout).toMatch(/^timeout +10 /m)
    expect((await run(['config', '--profile', 'local'], { env })).stdout).toMatch(/^addr +127\.0\.0\.1 /m)
  })

  it('the examples that help shows run on what serve --demo serves', async () => {
    await using demo = new Running(['serve', '--demo', '--isolated', '--json'])
    const { tcpPort } = JSON.parse(await demo.line()) as { tcpPort: number }
    await writeFile(join(folder, 'numbers.txt'), '1\n2\n')
    await writeFile(join(folder, 'names.txt'), 'demo:temperature\n')
    for (const name of ['get', 'put', 'call', 'info', 'types', 'monitor'] as const) {
      const { examples: lines } = (await commands[name]?.load()) ?? { examples: [] }
      expect(lines).not.toEqual([])
      // A type module that is checked must have been written.
      for (const line of [...lines].sort(
        (a, b) => Number(a.includes('--check')) - Number(b.includes('--check')),
      )) {
        const ends = name === 'monitor' ? `${line} -n 1` : line
        const { code, stderr } = await bash(ends, { EPICS_PVA_NAME_SERVERS: `127.0.0.1:${tcpPort}` })
        expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' })
      }
    }
  }, 60_000)

  it.skipIf(jq.missing)(
    jq.named('the lines for scripts and for writing run as they stand in the guide'),
    async () => {
      const page = await readFile(join(root, 'docs/command-line.md'), 'utf8')
      const lines = ['## Writing\n', '## In scripts\n'].flatMap((heading) => {
        const section = page.slice(page.indexOf(heading))
        return (/```sh\n([^]*?)```/.exec(section)?.[1] ?? '').trim().split('\n')
      })
      expect(lines.length).toBeGreaterThan(12)
      for (const line of lines) {
        const { code, stderr } = await bash(line)
        expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' })
      }
      expect(await bash('node-pvxs get lab:copy lab:setpoint --raw')).toMatchObject({
        stdout: '1\n2\n3\n20\n',
      })
    },
    60_000,
  )
})

describe.each([
  ['README.md', '## Without EPICS\n'],
  ['docs/quick-start.md', '## From a shell\n'],
])('the start in %s', (file, heading) => {
  it('serves, and every line after it does what it says', async () => {
    const page = await readFile(join(root, file), 'utf8')
    const from = page.indexOf(heading)
    const section = page.slice(from, page.indexOf('\n## ', from + 1))
    const lines = [...section.matchAll(/```sh\n([^]*?)```/g)]
      .flatMap(([, code = '']) => code.trim().split('\n'))
      .map((line) => line.replace(/\s+#.*$/, '').replace(/^npx node-pvxs /, ''))
    const [serve = '', ...rest] = lines
    expect(rest.length).toBeGreaterThan(0)
    // Not seen by anybody else, and with an end.
    await using serving = new Running([...serve.split(' '), '--isolated', '--json'])
    const { tcpPort } = JSON.parse(await serving.line()) as { tcpPort: number }
    const env = {
      EPICS_PVA_NAME_SERVERS: `127.0.0.1:${tcpPort}`,
      EPICS_PVA_ADDR_LIST: '',
    }
    for (const line of rest) {
      const words = line.replaceAll("'", '').split(' ')
      const own =
        words[0] === 'list'
          ? [`127.0.0.1:${tcpPort}`, ...words.slice(1).filter((word) => word !== '--all')]
          : words.slice(1)
      const ends = words[0] === 'monitor' && !words.includes('-n') ? ['-n', '2'] : []
      const { code, stdout, stderr } = await run([words[0] ?? '', ...own, ...ends], { env })
      expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' })
      expect(stdout === '').toBe(words[0] === 'put')
    }
  })
})
