// `history`: forms of its output, and copies that break off.
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { JsonlStore } from 'node-pvxs/record'
import { run, Running } from '../cli/run.js'
import { LAB, sample, SECOND, SECONDS0, storeOf, T0, temperature } from './history-store.js'

describe('history find', () => {
  const named = { id: 'lab:"x", y', type: 'int32', description: 'a, b' } as const

  it.each([
    ['--csv', 'pv,type,units,description\n"lab:""x"", y",int32,,"a, b"\nlab:mode,enum,,\nlab:t,float64,C,\n'],
    [
      '--jsonl',
      '{"pv":"lab:\\"x\\", y","type":"int32","description":"a, b"}\n{"pv":"lab:mode","type":"enum","choices":["Off","On"]}\n{"pv":"lab:t","type":"float64","units":"C"}\n',
    ],
  ])('lists series with %s', async (form, text) => {
    const { path } = await storeOf([...LAB, sample(named, 0, 1)], onTestFinished)
    const found = await run(['history', 'find', 'lab:*', '--store', `jsonl:${path}`, form])
    expect(found).toMatchObject({ code: 0, stdout: text, stderr: '' })
  })

  it('gives whole JSON, and whole CSV, also of nothing', async () => {
    const { path } = await storeOf(LAB, onTestFinished)
    const find = async (pattern: string, form: string): Promise<{ code: number | null; stdout: string }> =>
      run(['history', 'find', pattern, '--store', `jsonl:${path}`, form])
    expect(JSON.parse((await find('*', '--json')).stdout)).toHaveLength(2)
    expect(await find('x', '--json')).toMatchObject({ code: 3, stdout: '[]\n' })
    expect(await find('x', '--csv')).toMatchObject({ code: 3, stdout: 'pv,type,units,description\n' })
  })
})

describe('history of nothing', () => {
  it.each([
    ['--json', '[]\n'],
    ['--csv', 'pv,time,value,severity,status,message\n'],
    ['--jsonl', ''],
  ])('is whole with %s', async (form, text) => {
    const { path } = await storeOf(LAB, onTestFinished)
    expect(await run(['history', 'lab:t', '--store', `jsonl:${path}`, form])).toMatchObject({
      code: 0,
      stdout: text,
    })
  })
})

describe('history with --at', () => {
  it('takes every form, and says which PV has nothing by then', async () => {
    const { path } = await storeOf(LAB, onTestFinished)
    const words = ['history', 'lab:t', 'lab:mode', '--store', `jsonl:${path}`]
    const state = await run([...words, '--at', '2023-11-14T22:13:24.5Z', '--csv'])
    expect(state).toMatchObject({ code: 0, stderr: '' })
    expect(state.stdout.split('\n').slice(1, 3)).toEqual([
      'lab:t,2023-11-14T22:13:24.000000000Z,4,0,0,',
      'lab:mode,2023-11-14T22:13:24.000000000Z,On,2,3,moved',
    ])
    const early = await run([...words, '--at', String(SECONDS0 - 1)])
    expect(early).toMatchObject({ code: 3, stdout: '' })
    expect(early.stderr).toContain('lab:mode: the store has nothing of it by that time')
  })

  it('takes times in words', async () => {
    const now = BigInt(Date.now()) * 1_000_000n
    const { path } = await storeOf(
      [300, 100].map((ago) => ({ ...sample(temperature, 0, ago), time: now - BigInt(ago) * SECOND })),
      onTestFinished,
    )
    for (const at of ['200 seconds ago', '-200s', '3.3 min ago']) {
      const state = await run(['history', 'lab:t', '--store', `jsonl:${path}`, '--at', at])
      expect(JSON.parse(state.stdout), at).toMatchObject({ value: 300 })
    }
  })
})

describe('history copy', () => {
  it('that was killed is made whole by another one, without doubling', async () => {
    const count = 60_000
    const { path } = await storeOf(
      Array.from({ length: count }, (_, i) => ({ ...sample(temperature, 0, i), time: T0 + BigInt(i) })),
      onTestFinished,
    )
    const into = join(dirname(path), 'copy.jsonl')
    const range = ['--from', String(T0), '--to', String(T0 + SECOND)]
    const words = [
      'history',
      'copy',
      'lab:t',
      '--store',
      `jsonl:${path}`,
      '--into',
      `jsonl:${into}`,
      ...range,
    ]
    const copy = new JsonlStore(into)
    const values = async (): Promise<unknown[]> => {
      const all: unknown[] = []
      for await (const batch of copy.read('lab:t', { from: T0, to: T0 + SECOND }))
        all.push(...batch.map(({ value }) => value))
      return all
    }
    await using killed = new Running(words)
    for (let some = 0; some === 0;) some = (await values().catch(() => [])).length
    killed.child.kill('SIGKILL')
    await killed.ended
    const again = await run(words)
    expect(again).toMatchObject({
      code: 0,
      stderr: `node-pvxs: lab:t: ${count} read, ${count} written, 0 refused\n`,
    })
    expect(await values()).toEqual(Array.from({ length: count }, (_, i) => i))
  })

  it('says of what the source has nothing, and copies the others', async () => {
    const { path } = await storeOf(LAB, onTestFinished)
    const into = join(dirname(path), 'copy.jsonl')
    const words = ['--store', `jsonl:${path}`, '--into', `jsonl:${into}`, '--from', '1', '--to', 'now']
    const ended = await run(['history', 'copy', 'lab:u', 'lab:t', ...words])
    expect(ended.code).toBe(3)
    expect(ended.stderr).toContain('lab:u: the store has nothing of it')
    expect(ended.stderr).toContain('lab:t: 10 read, 10 written, 0 refused')
  })

  it('fails when a sample is refused, and says why', async () => {
    const { path } = await storeOf(LAB, onTestFinished)
    const words = [
      '--store',
      `jsonl:${path}`,
      '--into',
      'jsonl:/nowhere/x.jsonl',
      '--from',
      '1',
      '--to',
      'now',
    ]
    const ended = await run(['history', 'copy', 'lab:t', ...words])
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toContain('/nowhere/x.jsonl')
  })
})
