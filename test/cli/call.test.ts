// call: what reaches the service, and how its reply is printed.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { NTScalar, NTTable, RemoteError, Server, SharedPV, TypeDef, type RpcOperation } from 'node-pvxs'
import { run, type Ran } from './run.js'
import { LOCAL, nasty, shown, stamp } from './served.js'

let server: Server
let arrived: string[]

function service(onRpc: (op: RpcOperation) => unknown): SharedPV {
  return new SharedPV({ onRpc: onRpc })
}

beforeAll(async () => {
  server = await Server.start({
    isolated: true,
    pvs: {
      'c:echo': service((op) => {
        arrived.push(JSON.stringify(op.value))
        arrived.push(String(op.value?.$type.members.find(({ name }) => name === 'query')?.type))
        return undefined
      }),
      'c:add': service(({ args }) =>
        new NTScalar('float64', { display: true }).create({
          value: Number(args['lhs']) + Number(args['rhs']),
          timeStamp: stamp,
          alarm: { severity: 1, status: 1, message: 'hot' },
          display: { units: 'mm' },
        }),
      ),
      'c:table': service(() => new NTTable({ i: 'int32' }).create({ value: { i: [1, 2] } })),
      'c:structure': service(() =>
        new TypeDef('struct', 'x:Y', { a: 'int32', s: 'string' }).create({ a: 1, s: nasty }),
      ),
      'c:refusing': service(() => {
        throw new RemoteError(`not ${nasty} today`)
      }),
    },
  })
})
afterAll(() => server.close())
beforeEach(() => {
  arrived = []
})

const call = (...args: string[]): Promise<Ran> => run(['call', ...args], { server })

async function query(...args: string[]): Promise<unknown> {
  expect(await call('c:echo', ...args)).toMatchObject({ code: 0, stdout: '', stderr: '' })
  return (JSON.parse(arrived[0] ?? '') as { query: unknown }).query
}

describe('arguments', () => {
  it('= sends text, whatever it looks like', async () => {
    expect(await query('a=1', 'b=', 'c=x=y', 'd=@file')).toEqual({ a: '1', b: '', c: 'x=y', d: '@file' })
  })

  it(':= sends what the JSON is', async () => {
    expect(await query('i:=1', 'f:=1.5', 't:="x"', 'b:=true', 'big:=9007199254740993', 'l:=["a"]')).toEqual({
      i: '1',
      f: 1.5,
      t: 'x',
      b: true,
      big: '9007199254740993',
      l: ['a'],
    })
    expect(arrived[1]).toMatch(/int64_t i\n.*double f\n.*string t\n.*bool b\n.*int64_t big\n.*string\[\] l/s)
  })

  it(':TYPE= sends that type', async () => {
    expect(await query('a:float64=1', 'b:uint8=0xff', 'c:double[]=1,2', 'd:int=-5', 'e:bool=1')).toEqual({
      a: 1,
      b: 255,
      c: [1, 2],
      d: -5,
      e: true,
    })
    expect(arrived[1]).toMatch(/double a\n.*uint8_t b\n.*double\[\] c\n.*int32_t d\n.*bool e/s)
  })

  it('--args is the whole query, also from stdin', async () => {
    expect(await query('--args', '{"a": 1, "b": {"c": "x"}}')).toEqual({ a: '1', b: { c: 'x' } })
    arrived = []
    expect((await run(['call', 'c:echo', '--args', '-'], { server, input: '{"z": 2.5}\n' })).code).toBe(0)
    expect(arrived[0]).toContain('"query":{"z":2.5}')
  })

  it('the path is the name', async () => {
    await query()
    expect(arrived[0]).toBe('{"scheme":"pva","authority":"","path":"c:echo","query":{}}')
  })

  it.each([
    [[], 'no PV is named'],
    [['c:echo', 'x'], '"x" is not arg=TEXT, arg:=JSON or arg:TYPE=TEXT'],
    [['c:echo', '1a=2'], '"1a=2" is not arg=TEXT'],
    [['c:echo', 'a=1', 'a:=2'], 'the argument a is given twice'],
    [['c:echo', 'a:flaot=1'], 'a: "flaot" is not a type; did you mean "float"?'],
    [['c:echo', 'a:='], 'a: "" is not JSON'],
    [['c:echo', 'a:={bad'], 'a: "{bad" is not JSON'],
    [['c:echo', '--args', '[1]'], 'is not an object of arguments'],
    [['c:echo', '--args', '{"a b": 1}'], '"a b" is not the name of an argument'],
    [['c:echo', '--args', '{}', 'a=1'], '--args is the whole query'],
    [['c:echo', '--args', '@/nope/x'], '"/nope/x" cannot be read'],
  ])('%j is usage', async (args, message) => {
    const { code, stdout, stderr } = await call(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(arrived).toEqual([])
  })

  it('a value that does not fit its type is 1, and nothing is sent', async () => {
    expect(await call('c:echo', 'a:uint8=300')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'node-pvxs: field "a" (uint8): "300" is out of range (0 to 255)\n',
    })
    expect(arrived).toEqual([])
  })
})

describe('a reply', () => {
  it.each([
    [['c:add', 'lhs:=1', 'rhs=2'], `${LOCAL}  3 mm  MINOR hot\n`],
    [['c:add', 'lhs:=1', 'rhs=2', '--raw'], '3\n'],
    [['c:add', 'lhs:=1', 'rhs=2', '-F', '{name} {value} {units}'], 'c:add 3 mm\n'],
    [
      ['c:add', 'lhs:=1', 'rhs=2', '--csv', '--time', 'none'],
      'name,time,severity,message,value\r\nc:add,,MINOR,hot,3\r\n',
    ],
    [['c:table', '--csv'], 'i\r\n1\r\n2\r\n'],
    [['c:structure'], 'struct "x:Y" {\n    int32_t a = 1\n    string s = "\\x1b[2J\\x9b\\u202eé\\n"\n}\n'],
    [['c:structure', '--json'], `{"name":"c:structure","data":{"a":1,"s":"\\u001b[2J\\u009b\\u202eé\\n"}}\n`],
  ])('%j', async (args, stdout) => {
    expect(await call(...args)).toMatchObject({ code: 0, stdout, stderr: '' })
  })

  it('that is a refusal is 1, at once, and escaped', async () => {
    expect(await call('c:refusing')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `node-pvxs: c:refusing: not ${shown} today\n`.replace('\\n today', '\n  today'),
    })
    expect((await call('c:refusing', '--json')).stdout).toMatch(
      /^\{"name":"c:refusing","error":\{"code":"ERR_PVA_REMOTE",/,
    )
  })

  it('that does not come is 3', async () => {
    expect(await call('c:nope', '-w', '300ms')).toMatchObject({ code: 3, stdout: '' })
  })
})
