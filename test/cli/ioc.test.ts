// The commands against records of a real IOC, over QSRV 2 and QSRV 1.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { START_MS } from '../interop/env.js'
import { startIoc, type Ioc } from '../interop/ioc.js'
import { run, Running, type Environment, type Ran } from './run.js'

describe.each([2, 1] as const)('over QSRV %i', (qsrv) => {
  let ioc: Ioc
  let env: Environment
  beforeAll(async () => {
    ioc = await startIoc({ qsrv })
    const { addressList = [], nameServers = [] } = ioc.clientOptions
    env = {
      EPICS_PVA_ADDR_LIST: addressList.join(' '),
      EPICS_PVA_NAME_SERVERS: nameServers.join(' '),
      EPICS_PVA_BROADCAST_PORT: '59076',
    }
  }, START_MS)
  afterAll(() => ioc[Symbol.asyncDispose]())

  const cli = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run([...args, '-w', '10'], { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout
  }

  it('get reads records of every kind', async () => {
    const names = ['t:ai', 't:stringin', 't:longin', 't:int64in', 't:wf:double', 't:wf:string']
    const lines = (await cli('get', ...names, '--time', 'none')).trimEnd().split('\n')
    const values = lines.map((line) => line.replace(/^\S+ +/, ''))
    expect(values.slice(1)).toEqual([
      '"forty characters at most"',
      '-2147483648 counts',
      '9007199254740993',
      '[3] 1.5, -2.5, 1e+300 mA',
      '[3] "one", "two", "drei"',
    ])
    expect(await cli('get', 't:int64in', 't:wf:uchar', '--raw')).toBe('9007199254740993\n0\n127\n255\n')
  })

  it('get prints labels of choices, and only what was asked for', async () => {
    const line = JSON.parse(await cli('get', 't:mbbi', '--json')) as {
      label: string
      data: { value: { choices: string[] } }
    }
    expect(line.data.value.choices).toContain(line.label)
    expect(await cli('get', 't:mbbi', '--raw')).toBe(`${line.label}\n`)
    expect(await cli('get', 't:longin', '--fields', 'value', '--json')).toBe(
      '{"name":"t:longin","data":{"value":-2147483648}}\n',
    )
  })

  it('monitor prints a counter as it counts', async () => {
    const lines = (await cli('monitor', 't:counter', '-n', '3', '--raw')).trimEnd().split('\n').map(Number)
    expect(lines[2]).toBeGreaterThan(lines[0] ?? Infinity)
    await using running = new Running(
      ['monitor', 't:counter', '-F', '{name} {value} {time}', '--time', 'unix'],
      { env },
    )
    expect(await running.line()).toMatch(/^t:counter \d+ \d{10}\.\d{9}$/)
  })

  it('put writes numbers, text, choices and arrays, and --verify finds them there', async () => {
    expect(await cli('put', 't:ao', '-2.5', '--show', '--verify')).toMatch(/^t:ao\.value: \S+ -> -2\.5\n$/)
    const choices = JSON.parse(await cli('get', 't:mbbo', '--json')) as {
      data: { value: { choices: string[] } }
    }
    const label = choices.data.value.choices.at(-1) ?? ''
    expect(
      await cli('put', 't:stringout=a=b', `t:mbbo=${label}`, 't:int64out=9007199254740993', '--verify'),
    ).toBe('')
    expect(await cli('get', 't:stringout', 't:mbbo', 't:int64out', '--raw')).toBe(
      `a=b\n${label}\n9007199254740993\n`,
    )
    expect(await cli('put', 't:wf:short', '1', '-2', '--verify')).toBe('')
    expect(await cli('put', 't:wf:string', '["x", "y z"]', '--verify')).toBe('')
    expect(await cli('get', 't:wf:short', 't:wf:string', '--raw')).toBe('1\n-2\nx\ny z\n')
  })

  it('put refuses what does not fit, and tells what the record made of a value', async () => {
    expect(await run(['put', 't:wf:short=1,70000', 't:ao=1', '-w', '10'], { env })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^node-pvxs: t:wf:short: field "value\[1\]" \(int16\): "70000" is out of range/,
      ) as string,
    })
    expect(await cli('get', 't:ao', '--raw')).toBe('-2.5\n')
    expect(await run(['put', 't:ao', '1e9', '--verify', '-w', '10'], { env })).toMatchObject({ code: 1 })
  })

  it('info and list tell what is served', async () => {
    expect(await cli('info', 't:ai')).toMatch(
      /^t:ai from 127\.0\.0\.1:\d+\nstruct "epics:nt\/NTScalar:1\.0" \{\n {4}double value\n/,
    )
    const names = (await cli('list', `127.0.0.1:${ioc.port}`, '--match', 't:wf:*')).trimEnd().split('\n')
    expect(names).toContain('t:wf:double')
    expect(names).toEqual([...names].sort())
  })

  it('a record that is not there is 3', async () => {
    const failed: Ran = await run(['get', 't:nope', 't:ai', '--raw', '-w', '1'], { env })
    expect(failed).toMatchObject({
      code: 3,
      stderr: 'node-pvxs: t:nope: not found within 1 s (phase: search)\n',
    })
  })
})
