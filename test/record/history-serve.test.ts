// `history serve`, as a user runs it.
import { writeFile } from 'node:fs/promises'
import { join, dirname } from 'node:path'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Context } from 'node-pvxs'
import { run, Running } from '../cli/run.js'
import { LAB, storeOf, SECONDS0 } from './history-store.js'

const LOCAL = {
  EPICS_PVAS_INTF_ADDR_LIST: '127.0.0.1',
  EPICS_PVAS_SERVER_PORT: '0',
  EPICS_PVAS_BROADCAST_PORT: '0',
}

async function lab(): Promise<string> {
  return (await storeOf(LAB, onTestFinished)).path
}

describe('history serve', () => {
  it('serves a store by HTTP and RPC until Ctrl-C', async () => {
    const args = [
      'history',
      'serve',
      '--store',
      `jsonl:${await lab()}`,
      '--http',
      '0',
      '--service',
      'lab:hist',
    ]
    await using serving = new Running(args, { env: LOCAL })
    const url = await serving.line()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/retrieval$/)
    const at = `from=${SECONDS0}&to=${SECONDS0 + 2}`
    const [block] = (await (await fetch(`${url}/data/getData.json?pv=lab:t&${at}`)).json()) as {
      data: object[]
    }[]
    expect(block?.data).toHaveLength(2)
    const said = await serving.says(/searches on UDP port \d+/)
    expect(said).toContain('lab:hist, lab:hist:search, lab:hist:at on 127.0.0.1:')
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(said) ?? []
    await using ctx = new Context({
      useEnv: false,
      autoAddressList: false,
      nameServers: [`127.0.0.1:${port ?? ''}`],
    })
    const names = await ctx.rpc('lab:hist:search', { pv: '*' })
    expect(names?.$get('value')).toEqual(['lab:mode', 'lab:t'])
    serving.child.kill('SIGINT')
    expect((await serving.ended).code).toBe(0)
  })

  it('says where it is as JSON, and ends while a client reads', async () => {
    const args = ['history', 'serve', '--store', `jsonl:${await lab()}`, '--http', '[::1]:0', '--json']
    await using serving = new Running(args, { env: LOCAL })
    const ready = JSON.parse(await serving.line()) as { url: string; services: string[]; tcpPort: number }
    expect(ready).toMatchObject({
      services: ['hist', 'hist:search', 'hist:at'],
      tcpPort: expect.any(Number) as number,
    })
    expect(ready.url).toMatch(/^http:\/\/\[::1\]:\d+\/retrieval$/)
    // A request whose end never comes.
    const asked = fetch(`${ready.url}/data/getDataAtTime`, {
      method: 'POST',
      body: new ReadableStream({ pull: () => new Promise(() => undefined) }),
      duplex: 'half',
    }).then(
      () => 'answered',
      () => 'cut',
    )
    await fetch(`${ready.url}/bpl/getMatchingPVs?pv=*`)
    serving.child.kill('SIGTERM')
    expect((await serving.ended).code).toBe(0)
    expect(await asked).toMatch(/answered|cut/)
  })

  it('answers for a file that is not there yet', async () => {
    const path = join(dirname(await lab()), 'later.jsonl')
    await using serving = new Running(['history', 'serve', '--store', `jsonl:${path}`, '--http', '0'], {
      env: LOCAL,
    })
    const url = await serving.line()
    expect((await fetch(`${url}/bpl/getMatchingPVs?pv=*`)).status).toBe(500)
    await writeFile(path, '{"pv":"a","type":"int32","time":"1","value":1,"severity":0}\n')
    expect(await (await fetch(`${url}/bpl/getMatchingPVs?pv=*`)).json()).toEqual(['a'])
  })

  it.each([
    ['no store', [], 'no store is named'],
    ['a PV', ['lab:t', '--store', 'jsonl:x'], 'serve takes no "lab:t"'],
    ['a port that is too high', ['--store', 'jsonl:x', '--http', '70000'], '--http: "70000" is not a port'],
    [
      'a host without a port',
      ['--store', 'jsonl:x', '--http', 'localhost'],
      '--http: "localhost" is not a port',
    ],
    ['a bare address of IPv6', ['--store', 'jsonl:x', '--http', '::1:80'], '--http: "::1:80" is not a port'],
    ['a name that cannot be one', ['--store', 'jsonl:x', '--service', 'a\u0001'], 'name'],
  ])('refuses %s', async (_, args, message) => {
    const ended = await run(['history', 'serve', ...args], { env: LOCAL })
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) as string })
  })

  it('refuses a port that is taken', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as { port: number }
    const ended = await run(['history', 'serve', '--store', 'jsonl:x', '--http', String(port)], {
      env: LOCAL,
    })
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain(`port ${port} of 127.0.0.1 is taken`)
  })
})
