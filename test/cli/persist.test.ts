// node-pvxs serve --persist: values survive, at every moment.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Context } from 'node-pvxs'
import { run, Running } from './run.js'

const file = (): string => join(mkdtempSync(join(tmpdir(), 'node-pvxs-keep-')), 'values.json')

async function start(
  path: string,
  ...args: string[]
): Promise<{ server: Running; ctx: Context } & AsyncDisposable> {
  const server = new Running(['serve', '--isolated', '--json', '--persist', path, ...args])
  const { tcpPort } = JSON.parse(await server.line()) as { tcpPort: number }
  const ctx = new Context({
    useEnv: false,
    autoAddressList: false,
    addressList: [],
    interfaces: ['127.0.0.1'],
    nameServers: [`127.0.0.1:${tcpPort}`],
  })
  const close = async (): Promise<void> => {
    await ctx.close()
    await server[Symbol.asyncDispose]()
  }
  return { server, ctx, [Symbol.asyncDispose]: close }
}

const definitions = [
  'n=1',
  'big=int64=1',
  'text=string',
  'e=enum(Off,"Warm up",Run)',
  'list=int32[]',
  'odd=float64',
  'table=table(i:int64,name:string)',
  'limited=1 hihi=7',
]

it('keeps the values of every type of mailbox, with their times, over a regular end', async () => {
  const path = file()
  let before: Record<string, unknown>[]
  const names = definitions.map((definition) => /^\w+/.exec(definition)?.[0] ?? '')
  {
    await using first = await start(path, ...definitions)
    await first.ctx.put('n', 42)
    await first.ctx.put('big', 9_007_199_254_740_993n)
    await first.ctx.put('text', 'é\n"\u0000')
    await first.ctx.put('e', 'Run')
    await first.ctx.put('list', [1, 2, 3])
    await first.ctx.put('odd', NaN)
    await first.ctx.put('table', { value: { i: [1n, 2n], name: ['a', 'b'] } })
    await first.ctx.put('limited', 8)
    before = await Promise.all(names.map(async (name) => (await first.ctx.get(name)).toJSON()))
    first.server.child.kill('SIGTERM')
    expect((await first.server.ended).code).toBe(0)
  }
  await using second = await start(path, ...definitions)
  const after = await Promise.all(names.map(async (name) => (await second.ctx.get(name)).toJSON()))
  expect(after).toEqual(before)
  expect((await second.ctx.get('limited'))['alarm.message']).toBe('HIHI')
  expect(readdirSync(join(path, '..'))).toEqual(['values.json'])
})

it('has the alarm of a kept value by the limits of today, and the kept one where there are none', async () => {
  const path = file()
  const raised = { severity: 2, status: 1, message: 'too hot' }
  {
    await using first = await start(path, 'calmer=1 hihi=7', 'worse=1 hihi=70', 'freed=1 hihi=7', 'told=1')
    for (const name of ['calmer', 'worse', 'freed']) await first.ctx.put(name, 50)
    await first.ctx.put('told', { value: 50, alarm: raised })
    expect((await first.ctx.get('calmer'))['alarm.message']).toBe('HIHI')
    first.server.child.kill('SIGTERM')
    expect((await first.server.ended).code).toBe(0)
  }
  await using second = await start(path, 'calmer=1 hihi=70', 'worse=1 hihi=7', 'freed=1', 'told=1')
  const alarms = await Promise.all(
    ['calmer', 'worse', 'freed', 'told'].map(async (name) => {
      const value = await second.ctx.get(name)
      return [value['value'], value['alarm.severity'], value['alarm.message']]
    }),
  )
  expect(alarms).toEqual([
    [50, 0, ''],
    [50, 2, 'HIHI'],
    [50, 2, 'HIHI'],
    [50, 2, 'too hot'],
  ])
})

it('drops a value that does not fit its type any more, with a note, and keeps those that are not served', async () => {
  const path = file()
  {
    await using first = await start(path, 'a=string=hello', 'e=enum(A,B)=B', 'guest=3')
    first.server.child.kill('SIGINT')
    await first.server.ended
  }
  await using second = await start(path, 'a=int32=7', 'e=enum(C,D)=D')
  await second.server.says(/a: the kept value does not fit and is dropped.*\n(.*\n)*.*e: the kept value/)
  expect((await second.ctx.get('a'))['value']).toBe(7)
  expect((await second.ctx.get('e'))['value.index']).toBe(1)
  second.server.child.kill('SIGINT')
  await second.server.ended
  await using third = await start(path, 'guest=0')
  expect((await third.ctx.get('guest'))['value']).toBe(3)
})

it.each(['', '{', 'null', '[]', '{"version":2,"values":{}}', '{"version":1,"values":[]}'])(
  'refuses a file that holds %j, and leaves it as it is',
  async (text) => {
    const path = file()
    writeFileSync(path, text)
    const { code, stderr } = await run(['serve', '--isolated', 'x', '--persist', path])
    expect({ code, text: readFileSync(path, 'utf8') }).toEqual({ code: 2, text })
    expect(stderr).toMatch(
      /--persist: ".*" (does not parse|is not a file of kept values), and is left as it is/,
    )
  },
)

it('says at the start that a file cannot be written', async () => {
  const { code, stderr } = await run(['serve', '--isolated', 'x', '--persist', '/nowhere/values.json'])
  expect(code).toBe(2)
  expect(stderr).toContain('--persist: "/nowhere/values.json" cannot be written')
})

it(
  'survives kill -9 at random moments: the file always parses, nothing older than 1 s is lost',
  { timeout: 120_000 },
  async () => {
    const path = file()
    let sent: { readonly value: number; readonly time: number }[] = [{ value: 0, time: 0 }]
    for (let round = 0; round < 8; round++) {
      await using one = await start(path, 'n=int32')
      const { ctx, server } = one
      const begun = (await ctx.get('n'))['value'] as number
      const killed = sent.at(-1)?.time ?? 0
      const owed = sent.filter(({ time }) => time < killed - 1_000).at(-1)?.value ?? 0
      expect(begun).toBeGreaterThanOrEqual(owed)
      sent = [{ value: begun, time: performance.now() }]
      const moment = performance.now() + 400 + Math.random() * 1_500
      for (let value = begun + 1; performance.now() < moment; value++) {
        await ctx.put('n', value)
        sent.push({ value, time: performance.now() })
      }
      server.child.kill('SIGKILL')
      await server.ended
      expect(() => void JSON.parse(readFileSync(path, 'utf8'))).not.toThrow()
    }
    expect(sent.at(-1)?.value).toBeGreaterThan(8)
  },
)
