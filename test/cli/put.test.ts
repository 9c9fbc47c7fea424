// put: words to values by the server's type, several PVs all or none, what is told, and what reaches the server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { NTEnum, NTScalar, NTTable, RemoteError, Server, SharedPV, TypeDef } from 'node-pvxs'
import { onLinux } from '../needs.js'
import { environment, program, run, type Ran } from './run.js'
import { nasty, shown } from './served.js'

const Motor = new TypeDef('struct', 'lab:Motor', {
  position: 'float64',
  limits: { low: 'float64', high: 'float64' },
  choice: new TypeDef('union', { a: 'int32', text: 'string' }),
  any: 'any',
  items: [{ q: 'int32' }],
})

/** What arrived, in order. */
const puts: string[] = []

function counted(pv: { type: NTScalar<'int32'>; answer: (value: number) => number }): SharedPV {
  return new SharedPV({
    type: pv.type,
    initial: { value: 0 },
    onPut: (op) => {
      puts.push(`${op.pvName}=${op.value.value}`)
      return { value: pv.answer(op.value.value) }
    },
  })
}

const pvs = (): Record<string, SharedPV> => ({
  'p:double': SharedPV.mailbox(new NTScalar('float64', { display: true }), {
    value: 1.5,
  }),
  'p:uint8': SharedPV.mailbox(new NTScalar('uint8')),
  'p:int64': SharedPV.mailbox(new NTScalar('int64')),
  'p:bool': SharedPV.mailbox(new NTScalar('bool')),
  'p:text': SharedPV.mailbox(new NTScalar('string')),
  'p:texts': SharedPV.mailbox(new NTScalar('string[]')),
  'p:array': SharedPV.mailbox(new NTScalar('float64[]')),
  'p:bools': SharedPV.mailbox(new NTScalar('bool[]')),
  'p:int64s': SharedPV.mailbox(new NTScalar('int64[]')),
  'p:enum': SharedPV.mailbox(new NTEnum(), {
    value: { index: 0, choices: ['Off', 'Run', '0'] },
  }),
  'p:table': SharedPV.mailbox(new NTTable({ i: 'int32', name: 'string' })),
  'p:motor': SharedPV.mailbox(Motor),
  'p:{a=b}': SharedPV.mailbox(new NTScalar('int32')),
  'p:one': counted({ type: new NTScalar('int32'), answer: (value) => value }),
  'p:two': counted({ type: new NTScalar('int32'), answer: (value) => value }),
  'p:clamped': counted({ type: new NTScalar('int32'), answer: (value) => Math.min(value, 100) }),
  'p:refusing': new SharedPV({
    type: new NTScalar('int32'),
    initial: { value: 1 },
    onPut: () => {
      throw new RemoteError(`locked by ${nasty}`)
    },
  }),
})

let server: Server
let served: Record<string, SharedPV>
let folder: string
beforeAll(async () => {
  served = pvs()
  server = await Server.start({ isolated: true, pvs: served })
  folder = await mkdtemp(join(tmpdir(), 'node-pvxs-put-'))
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  puts.length = 0
})

const put = (...args: string[]): Promise<Ran> => run(['put', ...args], { server })
const holds = (name: string, path = 'value'): unknown => served[name]?.current()[path]

async function silently(...args: string[]): Promise<void> {
  expect(await put(...args)).toMatchObject({ code: 0, stdout: '', stderr: '' })
}

describe('a value is read by the type of the PV', () => {
  it.each([
    ['p:double', ['2.5'], 2.5],
    ['p:double', ['-5'], -5],
    ['p:double', ['-inf'], -Infinity],
    ['p:double', ['nan'], NaN],
    ['p:double', ['0x10'], 16],
    ['p:double', ['--json', '1e3'], 1000],
    ['p:uint8', ['255'], 255],
    ['p:int64', ['9007199254740993'], 9007199254740993n],
    ['p:bool', ['1'], true],
    ['p:bool', ['false'], false],
    ['p:text', ['[abc]'], '[abc]'],
    ['p:text', ['say "hi"'], 'say "hi"'],
    ['p:text', ['"a\\nb"'], 'a\nb'],
    ['p:text', ['--text', '"a"'], '"a"'],
    ['p:text', ['--text', 'a=b'], 'a=b'],
    ['p:text', ['--text', '@x'], '@x'],
    ['p:text', ['@@x'], '@x'],
    ['p:text', ['a b=c'], 'a b=c'],
    ['p:text', ['--', '-v'], '-v'],
    ['p:text', [''], ''],
    ['p:texts', ['a,b'], ['a,b']],
    ['p:texts', ['a', 'b c'], ['a', 'b c']],
    ['p:texts', ['["a", "b"]'], ['a', 'b']],
    ['p:texts', ['[abc'], ['[abc']],
    ['p:bools', ['1,0,true'], [true, false, true]],
    ['p:enum', ['Run'], 1],
    ['p:enum', ['0'], 2],
    ['p:enum', ['1'], 1],
    ['p:enum', ['value.index=0'], 0],
  ])('%s %j', async (name, args, value) => {
    await silently(name, ...args)
    expect(holds(name, name === 'p:enum' ? 'value.index' : 'value')).toEqual(value)
  })

  it.each([
    [['1,2.5,3']],
    [['1', '2.5', '3']],
    [['[1, 2.5, 3]']],
    [['--json', '[1,2.5,3]']],
    [['[1, 2.5, 0x3]']],
  ])('an array: %j', async (args) => {
    await silently('p:array', ...args)
    expect(holds('p:array')).toEqual(new Float64Array([1, 2.5, 3]))
  })

  it('an array with NaN, an empty one, and integers beyond 2^53', async () => {
    await silently('p:array', '[nan,-inf]')
    expect(holds('p:array')).toEqual(new Float64Array([NaN, -Infinity]))
    await silently('p:array', '[]')
    expect(holds('p:array')).toEqual(new Float64Array([]))
    await silently('p:int64s', '[9007199254740993,-1]')
    expect(holds('p:int64s')).toEqual(new BigInt64Array([9007199254740993n, -1n]))
  })

  it('structures: JSON, fields, a member of a union, a table', async () => {
    await silently('p:motor', '{"position": 2, "limits": {"low": 1}, "items": [{"q": 7}, null]}')
    await silently('p:motor', 'limits.high=9', 'choice->text=hey', 'any=5')
    expect(JSON.stringify(served['p:motor']?.current())).toBe(
      '{"position":2,"limits":{"low":1,"high":9},"choice":{"select":"text","value":"hey"},"any":{"type":"int64","value":"5"},"items":[{"q":7},null]}',
    )
    await silently('p:table', '{"i": [1, 2], "name": ["a", "b"]}')
    expect(holds('p:table', 'value.name')).toEqual(['a', 'b'])
    await silently('p:double', '--json', '{"value": 7, "display": {"units": "mm"}}')
    expect([holds('p:double'), holds('p:double', 'display.units')]).toEqual([7, 'mm'])
    await silently('p:double', 'display.units=V', 'value=1')
    expect([holds('p:double'), holds('p:double', 'display.units')]).toEqual([1, 'V'])
  })

  it('a name with a = in it, after --pv', async () => {
    await silently('--pv', 'p:{a=b}', '5')
    expect(holds('p:{a=b}')).toBe(5)
  })
})

describe('a value from stdin or a file', () => {
  const from = (input: string | Buffer, ...args: string[]): Promise<Ran> =>
    run(['put', ...args], { server, input })

  it.each([
    ['p:array', '1\n2.5\n', new Float64Array([1, 2.5])],
    ['p:array', '1\r\n2.5\r\n\r\n', new Float64Array([1, 2.5])],
    ['p:array', '[1, 2.5]\n', new Float64Array([1, 2.5])],
    ['p:array', '', new Float64Array([])],
    ['p:texts', 'a\n\n"b\\nc"\n', ['a', '', 'b\nc']],
    ['p:texts', '\n', ['']],
    ['p:text', 'a\nb\n\n', 'a\nb\n'],
    ['p:double', '2.5\n', 2.5],
  ])('%s takes %j', async (name, text, value) => {
    expect(await from(text, name, '-')).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect(holds(name)).toEqual(value)
  })

  it('takes 150000 numbers', async () => {
    const numbers = Array.from({ length: 150_000 }, (_, k) => k + 0.5)
    expect(await from(`${numbers.join('\n')}\n`, 'p:array', '-')).toMatchObject({ code: 0, stderr: '' })
    expect(holds('p:array')).toEqual(new Float64Array(numbers))
  })

  it('takes a file, and a field from a file', async () => {
    const file = join(folder, 'value.txt')
    await writeFile(file, 'mV\n')
    await silently('p:text', `@${file}`)
    expect(holds('p:text')).toBe('mV')
    await silently('p:double', `display.units=@${file}`)
    expect(holds('p:double', 'display.units')).toBe('mV')
  })

  it('takes CSV with a header for a table', async () => {
    expect(await from('name,i\r\n"a,""b""",1\r\nc,22\r\n', 'p:table', '--csv', '-')).toMatchObject({
      code: 0,
    })
    expect([holds('p:table', 'value.i'), holds('p:table', 'value.name')]).toEqual([
      new Int32Array([1, 22]),
      ['a,"b"', 'c'],
    ])
  })

  it('takes several PVs of what get --csv writes', async () => {
    const csv =
      'name,time,severity,message,value\r\np:uint8,,,,7\r\np:array,,,,"[1,2]"\r\np:text,,,,"""q"""\r\n'
    expect(await from(csv, '--csv', '-')).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect([holds('p:uint8'), holds('p:array'), holds('p:text')]).toEqual([
      7,
      new Float64Array([1, 2]),
      '"q"',
    ])
  })

  it.each([
    [Buffer.from([0x31, 0xff]), ['p:text', '-'], 'stdin is not UTF-8 text'],
    ['{"position": ', ['p:motor', '-'], 'stdin is not JSON: '],
    ['i,name\n1', ['p:table', '--csv', '-'], 'stdin: row 1 has 1 fields, and there are 2 columns'],
    ['i,nope\n1,2', ['p:table', '--csv', '-'], '"nope" is not a column of the table (i, name)'],
    ['i,name\n1,"a', ['p:table', '--csv', '-'], 'stdin:2: a quote that is not closed'],
    ['i,name\n1,"a"b', ['p:table', '--csv', '-'], 'stdin:2: text beside a quoted field'],
    ['a,b\n1,2', ['--csv', '-'], 'its first line has to name the columns'],
    ['name,value\n', ['--csv', '-'], 'stdin has no PV'],
    ['name,value\nx', ['--csv', '-'], 'row 1 has 1 fields'],
  ])('%j for %j is usage', async (input, args, message) => {
    const { code, stdout, stderr } = await from(input, ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})

describe('what does not fit is refused, and nothing is sent', () => {
  it.each([
    [['p:uint8', '300'], 'node-pvxs: p:uint8: field "value" (uint8): "300" is out of range (0 to 255)\n'],
    [['p:uint8', '1.5'], 'is not an integer'],
    [['p:uint8', '1', '2'], 'value takes one value, and 2 were given'],
    [['p:int64', '9223372036854775808'], 'is out of range'],
    [['p:double', '--json', '1e400'], 'is too large'],
    [['p:bool', 'maybe'], 'is neither a boolean'],
    [['p:array', '1,x'], 'field "value[1]" (float64): "x" is not a number'],
    [['p:enum', 'Nope'], '"Nope" is not among the choices: they are 0 "Off", 1 "Run", 2 "0"'],
    [['p:enum', '3'], '"3" is not among the choices'],
    [['p:motor', '5'], 'is a structure: give it as JSON, or its fields (position=… limits=… choice=…)'],
    [['p:motor', 'nope=3'], 'there is no "nope": the fields are position, limits, choice, any, items'],
    [['p:motor', 'limits.nope=3'], 'there is no "limits.nope": the fields in "limits" are low, high'],
    [['p:motor', '{"nope": 3}'], 'no field "nope": there is position'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await put(...args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(message)
  })

  it.each([
    [['p:one'], 'a value for "p:one" is wanted'],
    [[], 'no PV is named'],
    [['p:one=1', 'p:two'], '"p:two" is not NAME=VALUE'],
    [['p:motor', '{bad'], '"{bad" is not JSON'],
    [['p:one', '--json', 'x'], '"x" is not JSON'],
    [['p:one', '--json', '--text', 'x'], '--text and --json say two things about the values'],
    [['p:motor', 'position=1', 'position=2'], 'the field position is given twice'],
    [['p:one', '@/nope/x'], '"/nope/x" cannot be read'],
    [['p:one', '@'], '@ wants the name of a file'],
    [['', '1'], 'is not a PV name: it is empty'],
    [['ca://x=1'], 'asks for Channel Access'],
    [['p:one', '1', '--process', 'maybe'], '--process: "maybe" is not one of yes, no, passive'],
    [['p:one', '1', '--confirm'], '--confirm asks on a terminal, and there is none: --yes answers it'],
  ])('%j is usage', async (args, message) => {
    const { code, stdout, stderr } = await put(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(puts).toEqual([])
  })
})

describe('several PVs', () => {
  it('are written in order', async () => {
    await silently('p:two=1', 'p:one=2', 'pva://p:two=3')
    expect(puts).toEqual(['p:two=1', 'p:one=2', 'p:two=3'])
  })

  it('are all left alone when one value does not fit, or one PV is not there', async () => {
    const { code, stderr } = await put('p:one=1', 'p:uint8=300', 'p:enum=Nope')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^node-pvxs: p:uint8: .*out of range.*\nnode-pvxs: p:enum: .*\nnode-pvxs: nothing was sent\n$/,
    )
    expect(await put('p:one=1', 'p:nope=2', '-w', '0.5')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^node-pvxs: p:nope: .*\nnode-pvxs: nothing was sent\n$/) as string,
    })
    expect(puts).toEqual([])
  })

  it('after one that was refused are not sent, and are named', async () => {
    expect(await put('p:one=1', 'p:refusing=2', 'p:two=3')).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      // The text ends with a line break, and its first line is told.
      stderr: `node-pvxs: p:refusing: locked by ${shown.slice(0, -2)}\nnode-pvxs: p:two: was not sent\n`,
    })
    expect(puts).toEqual(['p:one=1'])
  })

  it('are sent all the same with --keep-going', async () => {
    expect((await put('p:one=1', 'p:refusing=2', 'p:two=3', '--keep-going')).code).toBe(1)
    expect(puts).toEqual(['p:one=1', 'p:two=3'])
  })
})

describe('what is told', () => {
  it('--dry-run prints the change and sends nothing', async () => {
    await silently('p:double', '1.5')
    expect(await put('p:double=2', 'p:enum=Run', 'p:one=5', '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^p:double.value: 1.5 -> 2\np:enum.value: \(\d\) \w+ -> \(1\) Run\np:one.value: \d+ -> 5\n$/,
      ) as string,
      stderr: '',
    })
    expect([holds('p:double'), puts]).toEqual([1.5, []])
  })

  it('--show prints what the PV holds afterwards', async () => {
    await silently('p:clamped', '1')
    expect(await put('p:clamped', '500', '--show')).toMatchObject({
      code: 0,
      stdout: 'p:clamped.value: 1 -> 100\n',
      stderr: '',
    })
  })

  it('--verify fails when something else is there', async () => {
    await silently('p:clamped', '99', '--verify')
    await silently('p:double', 'nan', '--verify')
    expect(await put('p:clamped', '500', '--verify')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'node-pvxs: p:clamped: value: 500 was written, and 100 is there\n',
    })
  })

  it('--confirm --yes sends', async () => {
    await silently('p:one', '4', '--confirm', '--yes')
    expect(puts).toEqual(['p:one=4'])
  })
})

describe.skipIf(onLinux.missing)(onLinux.named('--confirm on a terminal'), () => {
  /** Runs it on a terminal of its own, and types when it asks. */
  async function answered(keys: string): Promise<{ code: number | null; said: string }> {
    const line = `'${process.execPath}' '${program}' put p:one 4 --confirm`
    const child = spawn('script', ['-qefc', line, '/dev/null'], { env: environment({ server }) })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const asked = said.includes('[y/N]')
      said += text
      if (!asked && said.includes('[y/N]')) child.stdin.write(keys)
    })
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, said }
  }

  it('sends after a yes', async () => {
    expect(await answered('y\n')).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^p:one\.value: \d+ -> 4\r\nSend\? \[y\/N\] /) as string,
    })
    expect(puts).toEqual(['p:one=4'])
  })

  it.each([
    ['a no', 'n\n', 1],
    ['an empty line', '\n', 1],
    ['the end of the input', '\u0004', 1],
    ['an interrupt', '\u0003', 130],
  ])('sends nothing after %s', async (_, keys, code) => {
    expect((await answered(keys)).code).toBe(code)
    expect(puts).toEqual([])
  })
})
