import { expect, it } from 'vitest'
import { alarm, NTEnum, NTScalar, NTTable, SharedPV, TypeDef, type Value } from 'node-pvxs'
import { bridged } from './fixtures.js'
import type { Record2 } from './page2.js'
import { refusal } from './page.js'

const Number64 = new NTScalar('float64', { display: true })
const number = (value = 0): SharedPV<never> => SharedPV.mailbox(Number64, { value }) as SharedPV<never>
const post = (pv: SharedPV<never>, fields: unknown): unknown => pv.post(fields as never)

/** What changed beside the time, which every post sets. */
const changedIn = ({ value }: Record2): string[] =>
  [...value.$changed].filter((path) => !path.startsWith('timeStamp')).sort()

it('speaks first, and says what is there', async () => {
  const { open2 } = await bridged({}, { write: ['lab:*'], keep: 1_000, limits: { buffered: 5_000 } })
  const page = await open2()
  expect(await page.hears(({ type }) => type === 'hello')).toMatchObject({
    v: 2,
    server: expect.stringMatching(/^node-pvxs \d/),
    user: '',
    write: true,
    rpc: false,
    history: true,
    window: 5_000,
    limits: { sockets: 2_000, buffered: 5_000 },
  })
})

it('refuses a version that it does not speak', async () => {
  const { bridge } = await bridged({})
  const path = 'pvws/pv?v=3'
  expect(await refusal(bridge.url, {}, path)).toEqual({ status: 400, code: 'ERR_BRIDGE_VERSION' })
})

it('a subscription begins with its state and a complete record, and goes on with what changed', async () => {
  const pv = number(1)
  const { open2, lab } = await bridged({ n: pv })
  const page = await open2()
  page.say({ type: 'subscribe', id: 7, pv: 'n' })
  const first = await page.record(7)
  expect(first).toMatchObject({ kind: 2, complete: true, merged: 1 })
  expect(first.value.$type.equals(Number64.build())).toBe(true)
  expect(first.value['value']).toBe(1)
  expect(page.heard.map(({ type }) => type)).toEqual(['hello', 'state', 'record'])
  expect(page.heard[1]).toEqual({
    type: 'state',
    id: 7,
    pv: 'n',
    connected: true,
    peer: lab.ctx.config.nameServers[0] ?? expect.stringMatching(/^127\.0\.0\.1:\d+$/),
  })
  post(pv, { value: 2, alarm: alarm('MINOR') })
  const next = await page.record(7, ({ value }) => value['value'] === 2)
  expect(next.complete).toBe(false)
  expect(changedIn(next)).toEqual(['alarm.message', 'alarm.severity', 'alarm.status', 'value'])
})

it('JSON updates hold only the changed fields, with their paths', async () => {
  const pv = number(1)
  const { open2 } = await bridged({ n: pv })
  const page = await open2()
  page.say({ type: 'subscribe', id: 1, pv: 'n', format: 'json' })
  const first = await page.of('update', 1)
  expect(first).toMatchObject({ pv: 'n', complete: true, merged: 1 })
  expect(first['value']).toMatchObject({ value: 1, alarm: { severity: 0 }, display: { units: '' } })
  post(pv, { value: NaN, 'display.units': 'C' })
  expect(await page.of('update', 1, ({ complete }) => complete === false)).toEqual({
    type: 'update',
    id: 1,
    pv: 'n',
    complete: false,
    merged: 1,
    changed: ['value', 'timeStamp.secondsPastEpoch', 'timeStamp.nanoseconds', 'display.units'],
    value: { value: 'NaN', timeStamp: expect.anything() as unknown, display: { units: 'C' } },
  })
})

it('one PVA subscription serves both versions, and one for each list of fields', async () => {
  const { open, open2, bridge } = await bridged({ n: number(3) })
  const [old, page] = [await open(), await open2()]
  old.subscribe('n')
  page.say({
    type: 'subscribe',
    subs: [
      { id: 1, pv: 'n' },
      { id: 2, pv: 'pva://n', format: 'json' },
      { id: 3, pv: 'n', fields: ['value', 'alarm'] },
      { id: 4, pv: 'n', fields: ['alarm', 'value'] },
      { id: 5, pv: 'pva://n/value' },
      { id: 6, pv: 'n', request: 'field(value)' },
    ],
  })
  await Promise.all([old.update('n'), page.of('update', 2), ...[1, 3, 4, 5, 6].map((id) => page.record(id))])
  expect(bridge.stats()).toMatchObject({ pvs: 3, subscriptions: 7, sockets: 2 })
})

it('a complete record of some fields has those and no others', async () => {
  const { open2 } = await bridged({ n: number(3) })
  const page = await open2()
  page.say({ type: 'subscribe', id: 1, pv: 'n', fields: ['value', 'alarm.severity'] })
  expect([...(await page.record(1)).value.$changed]).toEqual(['value', 'alarm.severity'])
})

it('an update that was merged holds what all of them changed, and says how many they were', async () => {
  const pv = number(0)
  const { open2 } = await bridged({ n: pv, quick: number() }, { rate: 2 })
  const page = await open2()
  page.say({ type: 'subscribe', id: 1, pv: 'n' })
  await page.record(1)
  post(pv, { value: 1 })
  const second = await page.record(1, ({ value }) => value['value'] === 1)
  post(pv, { value: 2, 'display.units': 'C' })
  post(pv, { 'display.description': 'inlet' })
  post(pv, { value: 4 })
  const merged = await page.record(1, ({ value }) => value['value'] === 4)
  expect(changedIn(merged)).toEqual(['display.description', 'display.units', 'value'])
  expect(merged.value['display.units']).toBe('C')
  const between = page.records(1).slice(page.records(1).indexOf(second) + 1)
  // PVXS may have merged some on the way; what the bridge got is counted.
  expect(between.reduce((sum, record) => sum + record.merged, 0)).toBeGreaterThanOrEqual(1)
})

it('records share frames', async () => {
  const pvs = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`n${i}`, number(i)]))
  const { open2 } = await bridged(pvs)
  const page = await open2()
  page.say({ type: 'subscribe', subs: Object.keys(pvs).map((pv, id) => ({ id, pv })) })
  await Promise.all(Object.keys(pvs).map((_, id) => page.record(id)))
  expect(page.frames.length).toBeLessThan(25)
  const types = page.frames.reduce((sum, frame) => sum + kinds(frame).filter((kind) => kind === 1).length, 0)
  expect(types).toBe(1)
})

it('every record is a multiple of eight bytes, and names a type that came before it', async () => {
  const { open2 } = await bridged({
    n: number(1),
    e: SharedPV.mailbox(new NTEnum(), { value: { index: 1, choices: ['Off', 'On'] } }) as SharedPV<never>,
  })
  const page = await open2()
  page.say({
    type: 'subscribe',
    subs: [
      { id: 1, pv: 'n' },
      { id: 2, pv: 'e' },
    ],
  })
  await Promise.all([page.record(1), page.record(2)])
  const known = new Set<number>()
  for (const frame of page.frames) {
    expect(frame.length % 8).toBe(0)
    for (let at = 0; at < frame.length; at += frame.readUInt32LE(at)) {
      if (frame[at + 4] === 1) known.add(frame.readUInt32LE(at + 8))
      else expect(known).toContain(frame.readUInt32LE(at + 12))
    }
  }
  expect([...known]).toEqual([1, 2])
})

function kinds(frame: Buffer): number[] {
  const found: number[] = []
  for (let at = 0; at < frame.length; at += frame.readUInt32LE(at)) found.push(frame[at + 4] ?? 0)
  return found
}

it('large records arrive whole, also behind small ones', async () => {
  const image = SharedPV.mailbox(new NTScalar('uint8[]'), { value: new Uint8Array(100_001).fill(7) })
  const { open2 } = await bridged({ image: image as SharedPV<never>, n: number(1) })
  const page = await open2()
  page.say({
    type: 'subscribe',
    subs: [
      { id: 1, pv: 'n' },
      { id: 2, pv: 'image' },
      { id: 3, pv: 'n' },
    ],
  })
  const { value } = await page.record(2)
  expect(value['value']).toEqual(new Uint8Array(100_001).fill(7))
  await page.record(3)
})

it('a PV that goes says so, and begins anew with its type', async () => {
  const pv = new SharedPV({ type: new NTScalar('int32'), initial: { value: 1 } })
  const { open2, lab } = await bridged({ n: pv as SharedPV<never> })
  const page = await open2()
  page.say({ type: 'subscribe', id: 1, pv: 'n' })
  await page.record(1)
  lab.server.removePV('n')
  pv.close()
  expect(await page.of('state', 1, ({ connected }) => connected === false)).toEqual({
    type: 'state',
    id: 1,
    pv: 'n',
    connected: false,
  })
  lab.server.addPV('n', SharedPV.mailbox(new NTScalar('string'), { value: 'two' }))
  const again = await page.record(1, ({ value }) => value['value'] === 'two')
  expect(again.complete).toBe(true)
})

it('a PV that is not found says so once after 3 s, with where was searched', async () => {
  const { open2 } = await bridged({})
  const page = await open2()
  page.say({ type: 'subscribe', id: 1, pv: 'absent' })
  const state = await page.of('state', 1)
  expect(state).toMatchObject({ connected: false, hint: expect.stringContaining('not found within 3 s') })
  await page.settled()
  expect(page.heard.filter(({ type }) => type === 'state')).toHaveLength(1)
})

it('paused it gives nothing, and resumed the newest value', async () => {
  const pv = number(1)
  const { open2 } = await bridged({ n: pv })
  const page = await open2()
  page.say({
    type: 'subscribe',
    subs: [
      { id: 1, pv: 'n', rate: 0 },
      { id: 2, pv: 'n' },
    ],
  })
  await page.record(2)
  post(pv, { value: 2 })
  await page.record(2, ({ value }) => value['value'] === 2)
  expect(page.records(1)).toHaveLength(0)
  page.say({ type: 'rate', id: 1, rate: 5 })
  const record = await page.record(1)
  expect(record.complete).toBe(true)
  expect(record.value['value']).toBe(2)
})

it('after the reply to a later request nothing comes for ids that were cleared', async () => {
  const pv = number(0)
  const { open2 } = await bridged({ n: pv }, { rate: 1_000 })
  const page = await open2()
  page.say({ type: 'subscribe', id: 1, pv: 'n' })
  await page.record(1)
  const posting = setInterval(() => post(pv, { value: performance.now() }), 1)
  page.say({ type: 'clear', ids: [1, 99] })
  await page.ask({ type: 'get', id: 2, pv: 'n' })
  const before = page.records(1).length
  await page.ask({ type: 'get', id: 3, pv: 'n' })
  clearInterval(posting)
  expect(page.records(1)).toHaveLength(before)
  page.say({ type: 'subscribe', id: 1, pv: 'n', format: 'json' })
  expect(await page.of('update', 1)).toHaveProperty('complete', true)
})

it('sim:// and loc:// are there as in version 1', async () => {
  const { open2 } = await bridged({})
  const page = await open2()
  page.say({
    type: 'subscribe',
    subs: [
      { id: 1, pv: 'sim://sine' },
      { id: 2, pv: 'loc://x(4)' },
    ],
  })
  expect((await page.record(1)).value['display.units']).toBe('a.u.')
  expect((await page.record(2)).value['value']).toBe(4)
  expect(await page.ask({ type: 'put', id: 3, pv: 'loc://x(4)', value: 5 })).toEqual({ type: 'reply', id: 3 })
  const changed = await page.record(2, ({ value }) => value['value'] === 5)
  expect(changed.complete).toBe(false)
  expect(await page.ask({ type: 'get', id: 4, pv: 'loc://x' })).toMatchObject({ value: { value: 5 } })
  expect(await page.ask({ type: 'put', id: 5, pv: 'sim://sine', value: 5 })).toMatchObject({
    type: 'error',
    code: 'ERR_BRIDGE_FORBIDDEN',
  })
})

it('values of every kind decode to what was served', async () => {
  const table = new NTTable({ x: 'float64', name: 'string' }).create({
    value: { x: [1, 2], name: ['a', 'b'] },
  })
  const u = new TypeDef('union', { a: 'int64', b: 'string' })
  const odd = new TypeDef('struct', { u, free: 'any' }).create({ u: { select: 'b', value: 'x' } })
  const pvs: Readonly<Record<string, Value>> = {
    table,
    odd,
    big: new NTScalar('uint64').create({ value: 2n ** 64n - 1n }),
    texts: new NTScalar('string[]').create({ value: ['', 'ä€😀'] }),
  }
  const served = Object.fromEntries(
    Object.entries(pvs).map(([name, value]) => [
      name,
      SharedPV.mailbox(value.$type, value as never) as SharedPV<never>,
    ]),
  )
  const { open2, lab } = await bridged(served)
  const page = await open2()
  const names = Object.keys(pvs)
  page.say({ type: 'subscribe', subs: names.map((pv, id) => ({ id, pv })) })
  for (const [id, name] of names.entries()) {
    const { value } = await page.record(id)
    expect(value.toJSON()).toEqual((await lab.ctx.get(name)).toJSON())
  }
})
