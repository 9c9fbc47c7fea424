import { expect, it } from 'vitest'
import { NTScalar, RemoteError, SharedPV, TypeDef } from 'node-pvxs'
import { deferred } from '../unit/fixtures.js'
import { bridged, until } from './fixtures.js'
import type { Page2 } from './page2.js'

const Number64 = new NTScalar('float64')
const number = (value = 0): SharedPV<never> => SharedPV.mailbox(Number64, { value }) as SharedPV<never>

/** A PV whose writes wait for the test. */
function gated(): { readonly pv: SharedPV<never>; readonly let: () => void; readonly asked: Promise<void> } {
  const [gate, asked] = [deferred(), deferred()]
  const pv = new SharedPV({
    type: Number64,
    initial: { value: 0 },
    onPut: async (op) => {
      asked.resolve()
      await gate.promise
      return op.value
    },
  })
  return { pv: pv as SharedPV<never>, let: () => gate.resolve(), asked: asked.promise }
}

const adder = (): SharedPV<never> =>
  new SharedPV({
    type: Number64,
    initial: { value: 0 },
    onRpc: ({ args }) => (args['a'] === undefined ? null : { value: Number(args['a']) + Number(args['b']) }),
  }) as SharedPV<never>

it('gets a value as JSON, as a record, and some fields of it', async () => {
  const { open2 } = await bridged({ n: number(5) })
  const page = await open2()
  expect(await page.ask({ type: 'get', id: 1, pv: 'n' })).toMatchObject({
    type: 'reply',
    value: { value: 5 },
  })
  expect(await page.ask({ type: 'get', id: 1, pv: 'n', format: 'binary' })).toMatchObject({
    kind: 3,
    complete: true,
    merged: 1,
  })
  expect(await page.ask({ type: 'get', id: 3, pv: 'n', fields: ['value'] })).toEqual({
    type: 'reply',
    id: 3,
    value: { value: 5 },
  })
  expect(await page.ask({ type: 'get', id: 4, pv: 'pva://n/alarm/severity' })).toMatchObject({
    value: { alarm: { severity: 0 } },
  })
})

it('describes a PV by its type', async () => {
  const { open2 } = await bridged({ n: number() })
  const page = await open2()
  const { typeDef, text } = (await page.ask({ type: 'info', id: 1, pv: 'n' })) as unknown as {
    typeDef: unknown
    text: string
  }
  expect(TypeDef.fromJSON(typeDef).equals(Number64.build())).toBe(true)
  expect(text).toContain('epics:nt/NTScalar')
})

it('writes, also a part of a structure, and answers when the server has confirmed', async () => {
  const { open2, lab } = await bridged({ n: number() }, { write: ['n'] })
  const page = await open2()
  expect(
    await page.ask({ type: 'put', id: 1, pv: 'n', value: '2.5', process: 'passive', block: true }),
  ).toEqual({
    type: 'reply',
    id: 1,
  })
  await page.ask({ type: 'put', id: 2, pv: 'n', value: { alarm: { severity: 2 } } })
  expect(await lab.ctx.get('n')).toMatchObject({ value: 2.5, alarm: { severity: 2 } })
})

it('writes to one PV keep their order, and none waits for another PV', async () => {
  const slow = gated()
  const { open2, lab } = await bridged({ slow: slow.pv, n: number() }, { write: ['*'] })
  const page = await open2()
  page.say({ type: 'put', id: 1, pv: 'slow', value: 1 })
  page.say({ type: 'put', id: 2, pv: 'pva://slow', value: 2 })
  await slow.asked
  await page.ask({ type: 'put', id: 3, pv: 'n', value: 3 })
  expect(page.heard.filter(({ type }) => type === 'reply')).toHaveLength(1)
  slow.let()
  await page.of('reply', 2)
  expect(page.heard.filter(({ type }) => type === 'reply').map(({ id }) => id)).toEqual([3, 1, 2])
  expect(await lab.ctx.get('slow')).toHaveProperty('value', 2)
})

it('calls a service, whose result may be nothing', async () => {
  const { open2 } = await bridged({ sum: adder() }, { rpc: ['sum'] })
  const page = await open2()
  expect(await page.ask({ type: 'call', id: 1, pv: 'sum', args: { a: 1.5, b: 2 } })).toMatchObject({
    type: 'reply',
    value: { value: 3.5 },
  })
  const record = await page.ask({ type: 'call', id: 2, pv: 'sum', args: { a: 1.5, b: 2 }, format: 'binary' })
  expect(record).toMatchObject({ kind: 3 })
  expect(await page.ask({ type: 'call', id: 3, pv: 'sum' })).toEqual({ type: 'reply', id: 3, value: null })
})

it('cancels what is under way', async () => {
  const slow = gated()
  const { open2, bridge } = await bridged({ slow: slow.pv }, { write: ['*'] })
  const page = await open2()
  page.say({ type: 'put', id: 1, pv: 'slow', value: 1 })
  await slow.asked
  page.say({ type: 'cancel', id: 1 })
  expect(await page.of('error', 1)).toMatchObject({ code: 'ERR_BRIDGE_CANCELLED' })
  page.say({ type: 'get', id: 2, pv: 'absent', timeout: 300_000 })
  page.say({ type: 'cancel', id: 2 })
  expect(await page.of('error', 2)).toMatchObject({ code: 'ERR_BRIDGE_CANCELLED', pv: 'absent' })
  page.say({ type: 'cancel', id: 77 })
  await page.settled()
  expect(page.heard.filter(({ type }) => type === 'error')).toHaveLength(2)
  slow.let()
  await until(() => bridge.stats().errors === 2)
})

it('finds the names that the bridge and its servers know, and only those that may be read', async () => {
  const pvs = { 'lab:a': number(), 'lab:b': number(), 'lab:secret': number(), other: number() }
  const { open2 } = await bridged(pvs, {
    read: ['*', '!lab:secret'],
    authorize: (_, __, pv) => pv !== 'lab:b',
  })
  const page = await open2()
  expect(await page.ask({ type: 'find', id: 1, pattern: 'lab:*' })).toEqual({
    type: 'reply',
    id: 1,
    names: ['lab:a'],
  })
  expect(await page.ask({ type: 'find', id: 2, pattern: '*', limit: 1 })).toHaveProperty('names', ['lab:a'])
})

it('who may not gets an error, whatever he asks', async () => {
  const { open2 } = await bridged({ n: number() }, { read: ['x'], keep: 1_000 })
  const page = await open2()
  const asked = [
    { type: 'get', pv: 'n' },
    { type: 'info', pv: 'n' },
    { type: 'put', pv: 'n', value: 1 },
    { type: 'call', pv: 'n' },
    { type: 'subscribe', pv: 'n' },
    { type: 'history', pv: 'n', from: '0', to: '1' },
  ]
  for (const [id, request] of asked.entries())
    expect(await page.ask({ id, ...request })).toMatchObject({ code: 'ERR_BRIDGE_FORBIDDEN', pv: 'n' })
})

it('an error says what is known', async () => {
  const refusing = new SharedPV({
    type: Number64,
    initial: { value: 0 },
    onPut: () => {
      throw new RemoteError('<b>locked</b>')
    },
  })
  const { open2 } = await bridged({ r: refusing as SharedPV<never>, n: number() }, { write: ['*'] })
  const page = await open2()
  expect(await page.ask({ type: 'put', id: 1, pv: 'r', value: 1 })).toMatchObject({
    code: 'ERR_PVA_REMOTE',
    message: expect.stringContaining('<b>locked</b>'),
    pv: 'r',
  })
  expect(await page.ask({ type: 'get', id: 2, pv: 'absent', timeout: 50 })).toMatchObject({
    code: 'ERR_PVA_TIMEOUT',
    phase: 'search',
    hint: expect.any(String),
  })
  expect(await page.ask({ type: 'get', id: 3, pv: 'n', fields: ['value', 'nothing'] })).toMatchObject({
    code: 'ERR_PVA_NO_FIELD',
    path: 'nothing',
  })
  expect(await page.ask({ type: 'subscribe', id: 4, pv: 'n', fields: ['value', 'nothing'] })).toMatchObject({
    code: 'ERR_PVA_NO_FIELD',
  })
  expect(await page.ask({ type: 'history', id: 5, pv: 'n', from: '0', to: '1' })).toMatchObject({
    code: 'ERR_BRIDGE_NO_HISTORY',
  })
})

it.each([
  [{ type: 'nothing', id: 1 }, /unknown type "nothing"/],
  [{ id: 1 }, /a message has a "type"/],
  [{ type: '__proto__', id: 1 }, /unknown type/],
  [{ type: 'subscribe', id: -1, pv: 'n' }, /"id" is an integer/],
  [{ type: 'subscribe', id: 1.5, pv: 'n' }, /"id"/],
  [{ type: 'subscribe', id: 4294967296, pv: 'n' }, /"id"/],
  [{ type: 'subscribe', id: '1', pv: 'n' }, /"id"/],
  [{ type: 'subscribe', id: 1, pv: 7 }, /name/],
  [{ type: 'subscribe', id: 1, pv: '' }, /name/],
  [{ type: 'subscribe', id: 1, pv: 'ca://x' }, /PVAccess only/],
  [{ type: 'subscribe', id: 1, pv: 'n', rate: -1 }, /"rate"/],
  [{ type: 'subscribe', id: 1, pv: 'n', rate: 'fast' }, /"rate"/],
  [{ type: 'subscribe', id: 1, pv: 'n', format: 'xml' }, /"format"/],
  [{ type: 'subscribe', id: 1, pv: 'n', fields: 'value' }, /"fields"/],
  [{ type: 'subscribe', id: 1, pv: 'n', fields: ['a..b'] }, /path/],
  [{ type: 'subscribe', id: 1, pv: 'n', request: 'field(' }, /field\(/],
  [{ type: 'subscribe', id: 1, pv: 'n', request: 7 }, /"request"/],
  [{ type: 'subscribe', subs: [1] }, /"subs"/],
  [{ type: 'subscribe', id: 1, pv: 'sim://sine', fields: ['value'] }, /comes whole/],
  [{ type: 'subscribe', id: 1, pv: 'sim://nothing' }, /sim:\/\/nothing/],
  [{ type: 'rate', id: 1, rate: 1 }, /no subscription 1/],
  [{ type: 'rate', id: 1 }, /"rate"/],
  [{ type: 'clear', ids: ['1'] }, /"ids"/],
  [{ type: 'clear' }, /"ids"/],
  [{ type: 'get', id: 1, pv: 'n', timeout: 0 }, /"timeout"/],
  [{ type: 'put', id: 1, pv: 'n' }, /"value"/],
  [{ type: 'put', id: 1, pv: 'n', value: null }, /"value"/],
  [{ type: 'put', id: 1, pv: 'n', value: 1, process: 'yes' }, /"process"/],
  [{ type: 'put', id: 1, pv: 'n', value: 1, block: 1 }, /"block"/],
  [{ type: 'call', id: 1, pv: 'n', args: [1] }, /"args"/],
  [{ type: 'find', id: 1, pattern: '' }, /"pattern"/],
  [{ type: 'find', id: 1, pattern: '*', limit: 0 }, /"limit"/],
  [{ type: 'history', id: 1, pv: 'n', from: 'yesterday', to: '1' }, /"from"/],
  [{ type: 'history', id: 1, pv: 'n', from: '0', to: '1', points: 0 }, /"points"/],
  [{ type: 'ack', n: -1 }, /"n"/],
  [{ type: 'ack', n: 1 }, /0 were sent/],
  ['[]', /JSON object/],
  ['{"type":', /not JSON/],
])('answers %j with what is wrong', async (message, text) => {
  const { open2 } = await bridged({ n: number() }, { write: ['n'], rpc: ['n'], keep: 1_000 })
  const page = await open2()
  page.say(message)
  const error = await page.hears(({ type }) => type === 'error')
  expect(error['message']).toMatch(text)
  if (typeof message === 'object' && 'id' in message && Number.isInteger(message.id) && message.id === 1)
    expect(error.id).toBe(1)
  await page.settled()
})

it('an id that is in use is refused, and what uses it goes on', async () => {
  const pv = number(1)
  const { open2 } = await bridged({ n: pv })
  const page = await open2()
  page.say({ type: 'subscribe', id: 1, pv: 'n' })
  await page.record(1)
  expect(await page.ask({ type: 'get', id: 1, pv: 'n' })).toMatchObject({
    code: 'ERR_BRIDGE_MESSAGE',
    message: expect.stringContaining('in use'),
  })
  pv.post({ value: 2 } as never)
  await page.record(1, ({ value }) => value['value'] === 2)
})

it('one bad entry fails alone, and a binary message is refused', async () => {
  const { open2 } = await bridged({ n: number(1) })
  const page = await open2()
  page.say({ type: 'subscribe', subs: [{ id: 1, pv: 1 }, { id: 2, pv: 'n' }, { pv: 'n' }] })
  await page.record(2)
  expect(await page.of('error', 1)).toHaveProperty('code')
  page.socket.send(Buffer.from('{}'))
  expect(await page.hears(({ message }) => /binary/.test(String(message)))).toHaveProperty('type', 'error')
})

it('takes so many requests at once, and so many subscriptions', async () => {
  const slow = gated()
  const { open2 } = await bridged(
    { slow: slow.pv, n: number() },
    { write: ['*'], limits: { pending: 2, subscriptions: 1 } },
  )
  const page = await open2()
  for (const id of [1, 2, 3]) page.say({ type: 'put', id, pv: 'slow', value: id })
  expect(await page.of('error', 3)).toHaveProperty('code', 'ERR_BRIDGE_LIMIT')
  page.say({
    type: 'subscribe',
    subs: [
      { id: 11, pv: 'n' },
      { id: 12, pv: 'n' },
    ],
  })
  expect(await page.of('error', 12)).toHaveProperty('code', 'ERR_BRIDGE_LIMIT')
  await page.record(11)
  slow.let()
  await page.of('reply', 2)
})

it('from the first ack on no more is on the way than the window, and the newest comes then', async () => {
  const image = SharedPV.mailbox(new NTScalar('uint8[]'), { value: [0] })
  const { open2 } = await bridged(
    { image: image as SharedPV<never>, beat: number() },
    { rate: 1_000, arrayRate: 1_000, limits: { buffered: 25_000 } },
  )
  const [page, witness] = [await open2(), await open2()]
  for (const one of [page, witness]) one.say({ type: 'subscribe', id: 1, pv: 'image' })
  await Promise.all([page.record(1), witness.record(1)])
  page.say({ type: 'ack', n: page.bytes })
  const acked = page.bytes
  await page.settled() // what is posted before it is heard is not bound by it
  for (let n = 1; n <= 20; n++) image.post(new Uint8Array(10_000).fill(n))
  await arrivals(page, 2)
  for (let n = 21; n <= 40; n++) {
    image.post(new Uint8Array(10_000).fill(n))
    await page.settled()
  }
  await witness.record(1, ({ value }) => (value['value'] as Uint8Array)[0] === 40) // the bridge has it
  await page.settled()
  expect(page.bytes - acked).toBeLessThanOrEqual(25_000)
  const seen = page.records(1).length
  page.say({ type: 'ack', n: page.bytes })
  await page.record(1, ({ value }) => (value['value'] as Uint8Array)[0] === 40)
  expect(page.records(1).length - seen).toBeLessThanOrEqual(2)
})

it('an answer that finds the window full comes when there is room', async () => {
  const image = SharedPV.mailbox(new NTScalar('uint8[]'), { value: new Uint8Array(10_000) })
  const { open2 } = await bridged({ image: image as SharedPV<never> }, { limits: { buffered: 15_000 } })
  const page = await open2()
  page.say({ type: 'ack', n: 0 })
  for (const id of [1, 2, 3]) page.say({ type: 'get', id, pv: 'image', format: 'binary' })
  await page.hears<never>((message) => (message as { kind?: number }).kind === 3)
  await page.settled()
  expect(page.frames.length).toBeLessThan(3)
  for (let answers = 1; answers < 3; answers++) {
    page.say({ type: 'ack', n: page.bytes })
    await until(() => page.heard.filter(({ type }) => type === 'record').length > answers)
  }
})

async function arrivals(page: Page2, count: number): Promise<void> {
  await until(() => page.records(1).length >= count)
}

it('a client that leaves while it asks leaves nothing behind', async () => {
  const gate = deferred<boolean>()
  const { open2, bridge } = await bridged({ n: number() }, { authorize: () => gate.promise })
  const page = await open2()
  page.say({ type: 'subscribe', id: 1, pv: 'n' })
  page.say({ type: 'get', id: 2, pv: 'n' })
  await page.settled()
  page.socket.terminate()
  await until(() => bridge.stats().sockets === 0)
  gate.resolve(true)
  await new Promise((resolve) => setImmediate(resolve))
  expect(bridge.stats()).toMatchObject({ pvs: 0, subscriptions: 0 })
})
