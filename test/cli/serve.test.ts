// node-pvxs serve: definitions, records' words, simulations, the demonstration, seen by clients.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Context, NTEnum, type Value } from 'node-pvxs'
import { environment, program, run, Running } from './run.js'

const folder = mkdtempSync(join(tmpdir(), 'node-pvxs-serve-'))

interface Ready {
  readonly tcpPort: number
  readonly udpPort: number
  readonly pvs: readonly string[]
}

/** A serve that runs on loopback, and a client of it. */
async function serving(
  ...args: string[]
): Promise<{ server: Running; ready: Ready; ctx: Context } & AsyncDisposable> {
  const server = new Running(['serve', ...args, '--isolated', '--json'])
  const ready = JSON.parse(await server.line()) as Ready
  const ctx = new Context({
    useEnv: false,
    autoAddressList: false,
    addressList: [],
    interfaces: ['127.0.0.1'],
    nameServers: [`127.0.0.1:${ready.tcpPort}`],
  })
  const close = async (): Promise<void> => {
    await ctx.close()
    await server[Symbol.asyncDispose]()
  }
  return { server, ready, ctx, [Symbol.asyncDispose]: close }
}

const json = async (ctx: Context, name: string): Promise<Record<string, unknown>> =>
  (await ctx.get(name)).toJSON()

describe('serve, by definitions,', () => {
  it.each([
    ['x', 'float64', 0],
    ['x=1.5', 'float64', 1.5],
    ['x=-inf', 'float64', '-Infinity'],
    ['x=true', 'bool', true],
    ['x=hello', 'string', 'hello'],
    ['x="a b" desc=hi', 'string', 'a b'],
    ['x="5"', 'string', '5'],
    ['x=[1,2]', 'float64[]', [1, 2]],
    ['x=[1, 2]', 'float64[]', [1, 2]],
    ['x=["a","b c"]', 'string[]', ['a', 'b c']],
    ['x=double', 'float64', 0],
    ['x=int=0x10', 'int32', 16],
    ['x=ulong[]=1,18446744073709551615', 'uint64[]', ['1', '18446744073709551615']],
    ['x=int64=-9007199254740993', 'int64', '-9007199254740993'],
    ['x=string=double', 'string', 'double'],
    ['x=bool[]=[true,false]', 'bool[]', [true, false]],
    ['x=uint8_t=200', 'uint8', 200],
    ['"x"=string="= and \\u0022"', 'string', '= and "'],
    ['  x=3   egu="deg C"  ', 'float64', 3],
  ])('%s makes a %s', async (definition, code, value) => {
    await using served = await serving(definition)
    const got = await served.ctx.get('x')
    expect(got.$type.members.find(({ name }) => name === 'value')?.type.code).toBe(code)
    expect(got.toJSON()['value']).toEqual(value)
  })

  it('makes enums, tables and images, from arguments and from a file, with a prefix', async () => {
    const file = join(folder, 'some.pvs')
    writeFileSync(
      file,
      '# a comment\r\n\r\ne=enum(Off,Warm up,"a,b")="Warm up" desc="# not a comment"  # one\r\n' +
        't=table(i:int32,name:string)={"i":[1,2],"name":["a","b"]}\r\n',
    )
    await using served = await serving('--prefix', 'lab:', '-f', file, 'i=image(4x3)')
    const { ctx, ready } = served
    expect(ready.pvs).toEqual(['lab:i', 'lab:e', 'lab:t'])
    const chosen = await ctx.get('lab:e')
    expect(NTEnum.label(chosen)).toBe('Warm up')
    expect(chosen['display.description']).toBe('# not a comment')
    expect((await json(ctx, 'lab:t'))['value']).toEqual({ i: [1, 2], name: ['a', 'b'] })
    expect((await ctx.get('lab:i'))['dimension[0].size']).toBe(4)
  })

  it("fills what the records' words say", async () => {
    await using served = await serving(
      'x=float64=5 egu=mm prec=2 desc="A motor" lopr=0 hopr=9 drvl=1 drvh=8 lolo=1 low=2 high=6 hihi=7',
    )
    const got = await json(served.ctx, 'x')
    expect(got['display']).toMatchObject({
      units: 'mm',
      precision: 2,
      description: 'A motor',
      limitLow: 0,
      limitHigh: 9,
    })
    expect(got['control']).toMatchObject({ limitLow: 1, limitHigh: 8 })
    expect(got['valueAlarm']).toMatchObject({
      active: true,
      lowAlarmLimit: 1,
      lowAlarmSeverity: 2,
      lowWarningLimit: 2,
      lowWarningSeverity: 1,
      highWarningLimit: 6,
      highWarningSeverity: 1,
      highAlarmLimit: 7,
      highAlarmSeverity: 2,
    })
  })

  it('clamps a put and sets the alarm, at the limit too', async () => {
    await using served = await serving('x=5 drvl=1 drvh=8 lolo=1 low=2 high=6 hihi=7')
    const after = async (value: number): Promise<unknown[]> => {
      await served.ctx.put('x', value)
      const got = await served.ctx.get('x')
      return [got['value'], got['alarm.severity'], got['alarm.message']]
    }
    expect(await after(99)).toEqual([8, 2, 'HIHI'])
    expect(await after(7)).toEqual([7, 2, 'HIHI'])
    expect(await after(6)).toEqual([6, 1, 'HIGH'])
    expect(await after(5)).toEqual([5, 0, ''])
    expect(await after(2)).toEqual([2, 1, 'LOW'])
    expect(await after(-99)).toEqual([1, 2, 'LOLO'])
    expect(await after(NaN)).toEqual([NaN, 3, 'UDF'])
  })

  it('tells a put that is verified which limit held it', async () => {
    await using served = await serving('x=5 drvl=1 drvh=8')
    const env = { EPICS_PVA_NAME_SERVERS: `127.0.0.1:${served.ready.tcpPort}` }
    expect(await run(['put', 'x', '99', '--verify'], { env })).toMatchObject({
      code: 1,
      stderr: 'node-pvxs: x: value: 99 was written, and 8 is there, its control.limitHigh\n',
    })
  })

  it('begins in alarm where its first value is beyond a limit', async () => {
    await using served = await serving('x=9 hihi=7')
    expect((await served.ctx.get('x'))['alarm.message']).toBe('HIHI')
  })

  it('refuses puts to what is read-only', async () => {
    await using served = await serving('x=9 readonly')
    await expect(served.ctx.put('x', 1)).rejects.toThrow('read-only')
    expect((await served.ctx.get('x'))['value']).toBe(9)
  })

  it('tells of puts, and ends with 0 at SIGINT and at SIGTERM', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      await using served = await serving('x=1', 'e=enum(Off,On)', '-v')
      await served.ctx.put('x', 2)
      await served.ctx.put('e', 'On')
      expect(JSON.parse(await served.server.line())).toMatchObject({
        event: 'put',
        name: 'x',
        old: 1,
        new: 2,
      })
      const { peer, account, ...told } = JSON.parse(await served.server.line()) as Record<string, string>
      expect(told).toEqual({ event: 'put', name: 'e', old: 'Off', new: 'On' })
      expect(peer).toMatch(/^127\.0\.0\.1:\d+$/)
      await served.server.says(`put e: "Off" -> "On" by ${account ?? ''} from ${peer ?? ''}`)
      served.server.child.kill(signal)
      expect((await served.server.ended).code).toBe(0)
    }
  })

  it.each([
    [[], 'no PV is defined'],
    [[''], 'column 1: the name of the PV is missing'],
    [['=5'], 'column 1: the name of the PV is missing'],
    [['a', 'a=5'], '"a" is defined twice'],
    [['x=doubel=5'], 'column 3: "doubel" is not a type; did you mean "double"?'],
    [['x=int=1.5'], '"1.5" is not an integer'],
    [['x=int8=300'], '"300" is out of range (-128 to 127)'],
    [['x=bool=maybe'], '"maybe" is neither a boolean nor 0, 1, "true" or "false"'],
    [['x=5 hihii=3'], 'column 5: "hihii" is not a key; did you mean "hihi"?'],
    [['x=5 hihi=a'], 'column 5: hihi: "a" is not a number'],
    [['x=5 hihi=3 hihi=4'], 'column 12: hihi is there twice'],
    [['x=5 hihi'], 'column 5: hihi has no value'],
    [['x=5 drvl=3 drvh=2'], 'drvh=2 is below drvl=3'],
    [['x=string hihi=3'], 'hihi is a word of single numbers'],
    [['x=int8 hihi=1000'], 'definition "x=int8 hihi=1000": '],
    [['x="open'], 'column 3: a quotation mark has no second one'],
    [['x=[1,2'], 'column 3: [ is not closed'],
    [['x=enum()'], 'column 3: a choice is empty'],
    [['x=enum(A,B)=C'], '"C" is not one of "A", "B"'],
    [['x=table(i)'], '"i" is not NAME:TYPE'],
    [['x=table(i:in32)'], '"in32" is not a type; did you mean "int32"?'],
    [['x=table(i:int32)={"j":[1]}'], 'no field "value.j": there is i in "value"'],
    [['x=image(0x4)'], '"0x4" is not WIDTHxHEIGHT'],
    [['x sim=sinus'], '"sinus" is not a simulation'],
    [['x=string sim=sine'], 'sim=sine does not make values of that type'],
    [['x sim=sine rate=0'], 'rate: "0" is not a rate above 0'],
    [['x sim=sine period=0'], 'period: "0" is not a time above 0'],
    [['x=5', '--sim', 'sine'], '--sim sine: no PV can be simulated so'],
    [['x', '--local', '--isolated'], '--local and --isolated say different things'],
    [['x', '-f', join(folder, 'none')], 'cannot be read'],
    [['\u001b[2Jx y'], 'column'],
    [['x'.repeat(1025)], 'longer than 1024 bytes'],
  ])('%j is exit 2 and a sentence', async (args, text) => {
    const { code, stdout, stderr } = await run(['serve', '--isolated', ...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(text)
    expect(stderr).not.toMatch(/\n {4}at |\u001b/)
  })

  it('names file and line of a definition that does not parse', async () => {
    const file = join(folder, 'bad.pvs')
    writeFileSync(file, 'a=1\n\nb=2 hgih=3\n')
    const { code, stderr } = await run(['serve', '--isolated', '-f', file])
    expect({ code, stderr }).toMatchObject({ code: 2 })
    expect(stderr).toContain(`${file}:3: column 5: "hgih" is not a key; did you mean "high"?`)
  })
})

describe('serve, with simulations,', () => {
  let served: Awaited<ReturnType<typeof serving>>
  beforeAll(async () => {
    const rest = ['ramp', 'triangle', 'square', 'noise', 'walk', 'count', 'toggle', 'cycle', 'clock', 'wave']
    served = await serving(
      'sine=double',
      'image=image(8x6)',
      'still=5',
      'limited sim=ramp period=200ms amp=10 drvh=6 hihi=4',
      'whole=int8 sim=sine amp=1000',
      'text=string',
      ...rest.map((sim) => `${sim} sim=${sim} size=7`.replace(/ size=7$/, sim === 'wave' ? ' size=7' : '')),
      '--sim',
      'sine',
      '--rate',
      '50',
      '--period',
      '300ms',
    ).then((it) => it)
  })
  afterAll(() => served[Symbol.asyncDispose]())

  /** Values until one passes. */
  async function until(name: string, passes: (value: Value, count: number) => boolean): Promise<void> {
    let count = 0
    for await (const value of served.ctx.monitor(name, { pipeline: true })) if (passes(value, ++count)) return
  }

  it.each([
    'sine',
    'ramp',
    'triangle',
    'square',
    'noise',
    'walk',
    'count',
    'toggle',
    'cycle',
    'wave',
    'clock',
  ])('%s moves', async (name) => {
    const seen = new Set<string>()
    await until(name, (value) => seen.add(JSON.stringify(value.toJSON()['value'])).size === 2)
  })

  it('leaves alone what has a value, and what cannot move so', async () => {
    expect((await served.ctx.get('still'))['value']).toBe(5)
    await served.ctx.put('text', 'free')
    expect((await served.ctx.get('text'))['value']).toBe('free')
  })

  it('keeps to limits and to the range of integers, and sets the alarm at each step', async () => {
    let highest = 0
    await until('limited', (value, count) => {
      const now = value['value'] as number
      highest = Math.max(highest, now)
      expect(value['alarm.severity']).toBe(now >= 4 ? 2 : 0)
      return highest === 6 && count > 5
    })
    await until('whole', (value) => value['value'] === 127)
  })

  it('takes no put', async () => {
    await expect(served.ctx.put('sine', 3)).rejects.toThrow('its value is simulated')
  })
})

describe('serve --demo', () => {
  let served: Awaited<ReturnType<typeof serving>>
  beforeAll(async () => {
    served = await serving('--demo')
  })
  afterAll(() => served[Symbol.asyncDispose]())

  it('serves PVs of every kind that a client reads', async () => {
    const { ready, ctx } = served
    const values = await Promise.all(ready.pvs.map((name) => ctx.get(name)))
    const kinds = new Set(values.map(({ $id }) => $id))
    for (const id of ['NTScalar', 'NTScalarArray', 'NTEnum', 'NTTable', 'NTNDArray'])
      expect([...kinds]).toContain(`epics:nt/${id}:1.0`)
  })

  it('has a set point that drives a reading, and clamps', async () => {
    const { ctx } = served
    await ctx.put('demo:setpoint', 99)
    expect((await ctx.get('demo:setpoint'))['value']).toBe(60)
    await ctx.waitFor('demo:temperature', (value: Value) => (value['value'] as number) > 50, {
      timeout: 20_000,
    })
    await ctx.waitFor('demo:temperature', (value: Value) => value['alarm.message'] === 'HIHI', {
      timeout: 20_000,
    })
  })

  it('adds', async () => {
    expect((await served.ctx.rpc('demo:add', { lhs: 1, rhs: 2.5 }))?.['value']).toBe(3.5)
  })

  it('shows a line that works when it is pasted', async () => {
    const line = /^try: (.*)$/m.exec(await served.server.says(/^try: .*$/m))?.[1] ?? ''
    const command = line.replace('npx node-pvxs', `exec '${process.execPath}' '${program}'`)
    expect(command).not.toBe(line)
    const { PATH = '', HOME = '' } = environment()
    const child = spawn(
      'sh',
      [
        '-c',
        `${command.replace(/(EPICS\S+ )*/, (variables) => variables.replaceAll(/(\S+) /g, 'export $1; '))} -n 2`,
      ],
      { env: { PATH, HOME } },
    )
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    const [code] = (await once(child, 'close')) as [number]
    expect({ code, lines: out.trim().split('\n').length }).toEqual({ code: 0, lines: 2 })
    expect(out).toMatch(/^demo:temperature {2}\S+ \S+ {2}[\d.]+ C/)
  })
})
