// node-pvxs info and list.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NTScalar, Server, SharedPV, TypeDef } from 'node-pvxs'
import { run, Running, type Options, type Ran } from './run.js'
import { nasty, serveEveryKind, shown } from './served.js'

let server: Server
let peer: string
beforeAll(async () => {
  server = await serveEveryKind({
    'x:id': SharedPV.readonly(new TypeDef('struct', nasty, { value: 'int32' })),
  })
  peer = `127.0.0.1:${server.tcpPort}`
})
afterAll(() => server.close())

const cli = (args: readonly string[], options: Options = {}): Promise<Ran> =>
  run(args, { server, ...options })

describe('info', () => {
  it('prints who serves a PV, and its layout', async () => {
    expect(await cli(['info', 'x:id', 'x:int64'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(
        new RegExp(
          `^x:id from ${peer}\nstruct "${shown.replaceAll('\\', '\\\\').replaceAll('[', '\\[')}" {\n    int32_t value\n}\nx:int64 from ${peer}\nstruct "epics:nt/NTScalar:1.0" {\n    int64_t value\n`,
        ),
      ) as string,
    })
  })

  it('prints types that are read back with --json', async () => {
    const { code, stdout } = await cli(['info', 'x:motor', 'x:id', '--json'])
    expect(code).toBe(0)
    expect(stdout).not.toMatch(/[\u001b\u009b\u202e]/)
    for (const line of stdout.trimEnd().split('\n')) {
      const told = JSON.parse(line) as { name: string; peer: string; type: unknown }
      expect(told.peer).toBe(peer)
      expect(['lab:Motor', nasty]).toContain(TypeDef.fromJSON(told.type).id)
    }
  })

  it('fails for a PV that is not there, and describes the others', async () => {
    const { code, stdout, stderr } = await cli(['info', 'x:nope', 'x:bool', '-w', '0.3'])
    expect(code).toBe(3)
    expect(stdout).toMatch(/^x:bool from /)
    expect(stderr).toBe('node-pvxs: x:nope: not found within 300 ms (phase: search)\n')
  })

  it('tells about the host with -D', async () => {
    const { code, stdout, stderr } = await cli(['info', '-D'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const fact of ['pvxs: ', 'node: v', 'interfaces:\n', `nameServers: ${peer}`])
      expect(stdout).toContain(fact)
    const { stdout: json } = await cli(['info', '-D', '--json'])
    expect(JSON.parse(json)).toMatchObject({ node: process.version, configuration: { nameServers: [peer] } })
  })

  it.each([[[]], [['-D', 'x']], [['a b\n']]])('with %j is usage', async (args) => {
    expect(await cli(['info', ...args])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('list of a server', () => {
  it('prints its names by code point, each once', async () => {
    await using odd = await Server.start({
      isolated: true,
      pvs: Object.fromEntries(
        ['b', 'B', '\ue000', '😀', 'a:\u202e'].map((name) => [
          name,
          SharedPV.readonly(new NTScalar('int32')),
        ]),
      ),
    })
    const at = `127.0.0.1:${odd.tcpPort}`
    expect(await cli(['list', at, at])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: 'B\na:\\u202e\nb\n\ue000\n😀\n',
    })
    expect(await cli(['list', at, '--match', '?'])).toMatchObject({ stdout: 'B\nb\n\ue000\n😀\n' })
    expect(await cli(['list', at, '--match', 'a*', '--json'])).toMatchObject({
      stdout: `${JSON.stringify({ server: at, name: 'a:\u202e' }).replace('\u202e', '\\u202e')}\n`,
    })
  })

  it('prints what it says of itself with -i', async () => {
    expect((await cli(['list', '-i', peer])).stdout).toMatch(
      new RegExp(`^${peer} implLang="cpp" version="PVXS `),
    )
  })

  it('that is not there fails with 3, and hides no other', async () => {
    const { code, stdout, stderr } = await cli([
      'list',
      '127.0.0.1:9',
      peer,
      '-w',
      '0.5',
      '--match',
      'x:bool',
    ])
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'x:bool\n' })
    expect(stderr).toMatch(/^node-pvxs: 127\.0\.0\.1:9: /)
  })

  it.each([[['a b']], [[':::']], [['--all', 'a']], [['--match', 'x']]])('with %j is usage', async (args) => {
    expect(await cli(['list', ...args])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('list', () => {
  const searching = (): Record<string, string> => ({
    EPICS_PVA_NAME_SERVERS: '',
    EPICS_PVA_ADDR_LIST: `127.0.0.1:${server.udpPort}`,
    EPICS_PVA_BROADCAST_PORT: String(server.udpPort),
  })

  it('prints each server that is heard once', async () => {
    expect(await cli(['list', '-w', '1.5'], { env: searching() })).toMatchObject({
      code: 0,
      stderr: '',
      stdout: `${peer}\n`,
    })
  })

  it('ends after -n servers, and tells events with -v', async () => {
    const { code, stdout } = await cli(['list', '-w', '0', '-n', '1', '--json'], { env: searching() })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ event: 'online', server: peer, guid: server.guid })
  })

  it('prints the time of an event as --time says, local without it', async () => {
    const event = async (...args: string[]): Promise<string> =>
      (await cli(['list', '-v', '-w', '0', '-n', '1', ...args], { env: searching() })).stdout
    const what = `online ${server.guid} tcp ${peer} from `
    expect(await event()).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} ${what}`))
    expect(await event('--time', 'unix')).toMatch(new RegExp(`^\\d+\\.\\d{9} ${what}`))
    expect((await event('--time', 'none')).startsWith(what)).toBe(true)
  })

  it('prints the names of every server with --all', async () => {
    const { code, stdout } = await cli(['list', '--all', '-n1', '--match', 'x:*double'], { env: searching() })
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${peer} x:double\n` })
  })

  it('exits with 3 when nothing is heard', async () => {
    expect(await cli(['list', '-w', '0.3', '-p'])).toMatchObject({
      code: 3,
      stdout: '',
      stderr: 'node-pvxs: no server was heard within 0.3 s\n',
    })
  })

  it('ends with 130 when it is interrupted', async () => {
    await using running = new Running(['list', '-w', 'inf', '-v'], { server, env: searching() })
    await running.line()
    running.child.kill('SIGINT')
    expect(await running.ended).toMatchObject({ code: 130 })
  })
})
