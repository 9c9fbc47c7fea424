import { expect, it } from 'vitest'
import { NTEnum, NTScalar, RemoteError, SharedPV } from 'node-pvxs'
import type { LogEntry } from 'node-pvxs/bridge'
import { bridged, until } from './fixtures.js'

const number = (value = 0): SharedPV<never> =>
  SharedPV.mailbox(new NTScalar('float64'), { value }) as SharedPV<never>

it.each([
  [7.25, 7.25],
  ['7.25', 7.25],
  ['1e3', 1000],
])('writes %o to a number, without a subscription', async (value, becomes) => {
  const { open, lab } = await bridged({ n: number() }, { write: ['n'] })
  const page = await open()
  page.say({ type: 'write', pv: 'n', value })
  await lab.ctx.waitFor('n', (v) => v.value === becomes)
  await page.settled()
  expect(page.heard.filter(({ type }) => type === 'error')).toEqual([])
})

it('writes a label or an index to an enum, and a list to an array', async () => {
  const e = SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices: ['Off', 'On'] } })
  const a = SharedPV.mailbox(new NTScalar('int32[]'), { value: [] })
  const { open, lab } = await bridged({ e: e as SharedPV<never>, a: a as SharedPV<never> }, { write: ['*'] })
  const page = await open()
  page.say({ type: 'write', pv: 'e', value: 'On' })
  await lab.ctx.waitFor('e', (v) => v.value.index === 1)
  page.say({ type: 'write', pv: 'e', value: 0 })
  await lab.ctx.waitFor('e', (v) => v.value.index === 0)
  page.say({ type: 'write', pv: 'a', value: [1, 2] })
  await lab.ctx.waitFor('a', (v) => v.value.length === 2)
})

it('refuses what the patterns do not allow; the last that matches decides', async () => {
  const { open, bridge } = await bridged(
    { 'lab:a': number(), 'lab:magnet': number(), other: number() },
    { write: ['lab:*', '!lab:magnet', /^x:/] },
  )
  const page = await open()
  page.subscribe('lab:a', 'lab:magnet')
  expect(await page.update('lab:a')).toHaveProperty('readonly', false)
  expect(await page.update('lab:magnet')).toHaveProperty('readonly', true)
  for (const pv of ['lab:magnet', 'other']) {
    page.say({ type: 'write', pv, value: 1 })
    expect(await page.error(pv)).toHaveProperty('code', 'ERR_BRIDGE_FORBIDDEN')
  }
  expect(bridge.metrics()).toContain('node_pvxs_bridge_writes_total{result="refused"} 2')
})

it.each([[null], [{ a: 1 }], [undefined]])('a write of %o is an error', async (value) => {
  const { open } = await bridged({ n: number() }, { write: ['*'] })
  const page = await open()
  page.say({ type: 'write', pv: 'n', value })
  expect(await page.error()).toHaveProperty('code', 'ERR_BRIDGE_MESSAGE')
})

it('answers a value that does not fit, and what the server refuses, with the name', async () => {
  const refusing = new SharedPV({
    type: new NTScalar('float64'),
    initial: { value: 0 },
    onPut: () => {
      throw new RemoteError('locked by <b>the operator</b>')
    },
  })
  const { open } = await bridged({ n: number(), r: refusing as SharedPV<never> }, { write: ['*'] })
  const page = await open()
  page.say({ type: 'write', pv: 'n', value: 'abc' })
  expect(await page.error('n')).toHaveProperty('code', 'ERR_PVA_CONVERSION')
  page.say({ type: 'write', pv: 'r', value: 1 })
  expect(await page.error('r')).toMatchObject({
    code: 'ERR_PVA_REMOTE',
    message: 'locked by ‹b›the operator‹/b›',
  })
})

it('writes of one page to one PV keep their order; none waits for another PV', async () => {
  const seen: number[] = []
  let release: (() => void) | undefined
  const slow = new SharedPV({
    type: new NTScalar('int32'),
    initial: { value: 0 },
    onPut: async (op) => {
      seen.push(op.value.value)
      if (seen.length === 1) await new Promise<void>((resolve) => (release = resolve))
    },
  })
  const { open, lab } = await bridged({ slow: slow as SharedPV<never>, n: number() }, { write: ['*'] })
  const page = await open()
  for (const value of [1, 2, 3]) page.say({ type: 'write', pv: 'slow', value })
  page.say({ type: 'write', pv: 'n', value: 9 })
  await lab.ctx.waitFor('n', (v) => v.value === 9)
  await until(() => seen.length > 0)
  expect(seen).toEqual([1])
  release?.()
  await until(() => seen.length === 3)
  expect(seen).toEqual([1, 2, 3])
})

it('logs every write and every refusal with who asked', async () => {
  const entries: LogEntry[] = []
  const { open } = await bridged({ n: number() }, { write: ['n'], log: (entry) => entries.push(entry) })
  const page = await open()
  page.say({ type: 'write', pv: 'n', value: 5 })
  await until(() => entries.length === 1)
  expect(entries[0]).toMatchObject({ event: 'write', pv: 'n', peer: '127.0.0.1', message: '5' })
})
