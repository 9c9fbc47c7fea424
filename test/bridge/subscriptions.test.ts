import { expect, it } from 'vitest'
import { alarm, NTEnum, NTScalar, SharedPV } from 'node-pvxs'
import { bridged, until } from './fixtures.js'

const Temperature = new NTScalar('float64', { display: true })
const temperature = (value = 21): SharedPV<never> =>
  SharedPV.mailbox(Temperature, { value, display: { units: 'C' } }) as SharedPV<never>

it('gives the first value with its metadata, and then only what is new', async () => {
  const pv = SharedPV.mailbox(Temperature, { value: 21, display: { units: 'C' } })
  const { open } = await bridged({ 'lab:t': pv as SharedPV<never> }, { rate: 1000 })
  const page = await open()
  page.subscribe('lab:t')
  const first = await page.update('lab:t')
  expect(first).toMatchObject({
    vtype: 'VDouble',
    value: 21,
    units: 'C',
    severity: 'NONE',
    connected: true,
    readonly: true,
  })
  pv.post(22)
  expect(Object.keys(await page.update('lab:t', ({ value }) => value === 22)).toSorted()).toEqual(
    ['type', 'pv', 'value', 'seconds', 'nanos', 'readonly'].toSorted(),
  )
  pv.post(23)
  const third = await page.update('lab:t', ({ value }) => value === 23)
  expect(third).not.toHaveProperty('readonly')
  expect(third).not.toHaveProperty('vtype')
})

it('sends metadata and severity again when they change', async () => {
  const pv = SharedPV.mailbox(Temperature, { value: 1, display: { units: 'C' } })
  const { open } = await bridged({ t: pv as SharedPV<never> }, { rate: 1000 })
  const page = await open()
  page.subscribe('t')
  await page.update('t')
  pv.post({ display: { units: 'K' } })
  expect(await page.update('t', ({ units }) => units === 'K')).toHaveProperty('vtype', 'VDouble')
  pv.post({ value: 2, alarm: alarm('MAJOR') })
  expect(await page.update('t', ({ value }) => value === 2)).toHaveProperty('severity', 'MAJOR')
})

it('tells new choices of an enum', async () => {
  const pv = SharedPV.mailbox(new NTEnum(), { value: { index: 0, choices: ['Off', 'On'] } })
  const { open } = await bridged({ e: pv as SharedPV<never> }, { rate: 1000 })
  const page = await open()
  page.subscribe('e')
  expect(await page.update('e')).toMatchObject({ text: 'Off', labels: ['Off', 'On'] })
  pv.post({ value: { index: 2, choices: ['Off', 'On', 'Fault'] } })
  expect(await page.update('e', ({ value }) => value === 2)).toMatchObject({
    text: 'Fault',
    labels: ['Off', 'On', 'Fault'],
  })
})

it('shares one PVA subscription between pages and spellings, and answers with the name as it was asked', async () => {
  const { open, bridge } = await bridged({ t: temperature() })
  const [a, b] = [await open(), await open()]
  a.subscribe('t', 'pva://t')
  await a.update('pva://t')
  b.subscribe('t')
  expect(await b.update('t')).toMatchObject({ value: 21, units: 'C' })
  expect(bridge.stats()).toMatchObject({ sockets: 2, subscriptions: 3, pvs: 1 })
})

it('reads a field behind a slash', async () => {
  const { open } = await bridged({ t: temperature() })
  const page = await open()
  page.subscribe('pva://t/display/units')
  expect(await page.update('pva://t/display/units')).toMatchObject({ vtype: 'VString', text: 'C' })
})

it('takes the slash as part of the name when it is told so', async () => {
  const { open } = await bridged({ 't/x': temperature(5) }, { slash: 'name' })
  const page = await open()
  page.subscribe('pva://t/x')
  expect(await page.update('pva://t/x')).toMatchObject({ value: 5 })
})

it('lists what a page asked for, and forgets what it clears', async () => {
  const { open, bridge } = await bridged({ a: temperature(), b: temperature() })
  const page = await open()
  page.say({ type: 'monitor', pvs: ['a', 'b'] })
  await page.update('b')
  page.say({ type: 'clear', pvs: ['a', 'never'] })
  page.say({ type: 'list' })
  expect(await page.hears(({ type }) => type === 'list')).toMatchObject({ pvs: ['b'] })
  expect(bridge.stats().subscriptions).toBe(1)
})

it('answers a ping with a ping frame and an echo with the same text', async () => {
  const { open } = await bridged({})
  const page = await open()
  const pinged = new Promise((resolve) => page.socket.once('ping', resolve))
  page.say('{"type":"ping"}')
  page.say('{ "type": "echo",  "x": 1 }')
  await pinged
  await page.hears(({ type }) => type === 'echo')
  expect(page.texts).toEqual(['{ "type": "echo",  "x": 1 }'])
})

it('answers everything that is wrong, each name for itself', async () => {
  const { open } = await bridged({ t: temperature() })
  const page = await open()
  page.subscribe('t', 5, '', 'ca://x', 'x'.repeat(1_025))
  await page.update('t')
  await page.settled()
  const errors = page.heard.filter(({ type }) => type === 'error')
  expect(errors.map(({ code }) => code)).toEqual([
    'ERR_PVA_ARGUMENT',
    'ERR_PVA_ARGUMENT',
    'ERR_BRIDGE_MESSAGE',
    'ERR_PVA_ARGUMENT',
  ])
  expect(errors[2]).toMatchObject({
    pv: 'ca://x',
    message: expect.stringContaining('PVAccess only') as unknown,
  })
})

it.each([
  '{',
  '[]',
  '5',
  '{"pvs":[]}',
  '{"type":"fly"}',
  '{"type":"subscribe"}',
  '{"type":"subscribe","pvs":"t"}',
])('says what is wrong with the message %s', async (text) => {
  const { open } = await bridged({})
  const page = await open()
  page.say(text)
  expect(await page.error()).toMatchObject({ code: 'ERR_BRIDGE_MESSAGE' })
})

it('replaces markup in messages, which old pages put into HTML', async () => {
  const { open } = await bridged({})
  const page = await open()
  page.say({ type: '<img src=x onerror=alert(1)>&' })
  const { message } = await page.error()
  expect(message).toContain('‹img src=x onerror=alert(1)›＆')
  expect(message).not.toMatch(/[<>&]/)
})

it('tells after 3 s what is not found, in one message, and takes it when it comes', async () => {
  const { open, lab } = await bridged({})
  const page = await open()
  page.subscribe('no:1', 'no:2')
  const error = await page.hears(({ type }) => type === 'error')
  expect(error).toMatchObject({ code: 'ERR_PVA_TIMEOUT', pvs: ['no:1', 'no:2'] })
  expect(error['message']).toContain('searched')
  expect(page.heard).toHaveLength(1)
  lab.server.addPV('no:1', SharedPV.mailbox(Temperature, { value: 3 }))
  lab.ctx.hurryUp()
  expect(await page.update('no:1')).toMatchObject({ value: 3, connected: true })
})

it('says within a second that a PV is lost, and describes it anew when it is back with another type', async () => {
  const { open, lab } = await bridged({ t: temperature(1) })
  const page = await open()
  page.subscribe('t')
  await page.update('t')
  lab.server.removePV('t')
  expect(await page.update('t', ({ connected }) => connected === false)).toMatchObject({
    severity: 'UNDEFINED',
    value: 'NaN',
  })
  lab.server.addPV('t', SharedPV.mailbox(new NTScalar('string'), { value: 'back' }))
  expect(await page.update('t', ({ text }) => text === 'back')).toMatchObject({
    vtype: 'VString',
    severity: 'NONE',
    connected: true,
  })
})

it('keeps a subscription for 5 s after its last page, then closes it', async () => {
  const { open, bridge } = await bridged({ t: temperature() })
  const page = await open()
  page.subscribe('t')
  await page.update('t')
  page.say({ type: 'clear', pvs: ['t'] })
  await page.settled()
  expect(bridge.stats()).toMatchObject({ subscriptions: 0, pvs: 1 })
  const begin = performance.now()
  await until(() => bridge.stats().pvs === 0)
  expect(performance.now() - begin).toBeGreaterThan(4_000)
})
