import { expect, it } from 'vitest'
import { bridged, until } from './fixtures.js'

it.each([
  ['loc://a', { vtype: 'VDouble', value: 0 }],
  ['loc://b(4)', { vtype: 'VDouble', value: 4 }],
  ['loc://c("text")', { vtype: 'VString', text: 'text' }],
  ['loc://d(1,2,3)', { vtype: 'VDoubleArray' }],
  ['loc://e<VEnum>(1,"a","b")', { vtype: 'VEnum', value: 1, text: 'b', labels: ['a', 'b'] }],
  ['loc://f<VLong>(9)', { vtype: 'VLong', value: 9 }],
  ['loc://g<VString>', { vtype: 'VString', text: '' }],
])('%s is a variable of its page', async (pv, update) => {
  const { open } = await bridged({})
  const page = await open()
  page.subscribe(pv)
  expect(await page.update(pv)).toMatchObject({ ...update, readonly: false })
})

it('a variable belongs to one page, which may always write it', async () => {
  const { open } = await bridged({}, { rate: 1000 })
  const [a, b] = [await open(), await open()]
  a.subscribe('loc://x(1)')
  b.subscribe('loc://x(1)')
  await Promise.all([a.update('loc://x(1)'), b.update('loc://x(1)')])
  a.say({ type: 'write', pv: 'loc://x', value: '5' })
  await a.update('loc://x(1)', ({ value }) => value === 5)
  await b.settled()
  expect(b.updates('loc://x(1)')).toHaveLength(1)
  a.say({ type: 'write', pv: 'loc://x', value: 'abc' })
  expect(await a.error('loc://x')).toHaveProperty('code', 'ERR_PVA_CONVERSION')
})

it.each([
  'loc://',
  'loc://x<VNothing>',
  'loc://x(1',
  'loc://x(a)',
  'sim://nothing',
  'sim://sine(1)',
  'sim://ramp(5,1,1)',
])('%s is an error that says what there is', async (pv) => {
  const { open } = await bridged({})
  const page = await open()
  page.subscribe(pv)
  expect(await page.error(pv)).toHaveProperty('code', 'ERR_BRIDGE_MESSAGE')
})

it('simulations run while somebody looks, shared by all pages', async () => {
  const { open, bridge } = await bridged({}, { rate: 1000 })
  const [a, b] = [await open(), await open()]
  a.subscribe('sim://ramp(0,10,1,0.1)', 'sim://flipflop(0.1)', 'sim://noise(2,3,0.1)')
  b.subscribe('sim://ramp(0,10,1,0.1)')
  const first = await a.update('sim://ramp(0,10,1,0.1)')
  expect(first).toMatchObject({
    vtype: 'VDouble',
    units: 'a.u.',
    precision: 2,
    min: 0,
    max: 10,
    alarm_high: 9,
  })
  await a.update('sim://ramp(0,10,1,0.1)', ({ value }) => value === 3)
  await b.update('sim://ramp(0,10,1,0.1)', ({ value }) => value === 3)
  await a.update('sim://flipflop(0.1)', ({ text }) => text === 'true')
  for (const { value } of a.updates('sim://noise(2,3,0.1)')) {
    expect(value).toBeGreaterThanOrEqual(2)
    expect(value).toBeLessThan(3)
  }
  a.say({ type: 'write', pv: 'sim://ramp(0,10,1,0.1)', value: 1 })
  expect(await a.error()).toHaveProperty('code', 'ERR_BRIDGE_FORBIDDEN')
  expect(bridge.stats().pvs).toBe(0)
})

it('severities of a sine follow its limits', async () => {
  const { open } = await bridged({}, { rate: 1000 })
  const page = await open()
  page.subscribe('sim://sine(-5,5,8,0.1)')
  await page.update('sim://sine(-5,5,8,0.1)', ({ severity }) => severity === 'MAJOR')
  await until(() => page.updates('sim://sine(-5,5,8,0.1)').some(({ severity }) => severity === 'NONE'))
})
