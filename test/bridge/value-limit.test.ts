import { expect, it } from 'vitest'
import { alarm, NTScalar, SharedPV } from 'node-pvxs'
import { bridged } from './fixtures.js'

const wave = (length: number): SharedPV<never> =>
  SharedPV.mailbox(new NTScalar('uint8[]'), { value: new Uint8Array(length) }) as SharedPV<never>
const limits = { value: 1_000 }

it('version 1: a value that is too large is told once, and the updates come without it', async () => {
  const pv = wave(5_000)
  const { open } = await bridged({ w: pv }, { limits, arrayRate: 1_000 })
  const page = await open()
  page.subscribe('w')
  expect(await page.error('w')).toHaveProperty('code', 'ERR_BRIDGE_TOO_LARGE')
  const first = await page.update('w')
  expect(first).toMatchObject({ vtype: 'VUByteArray', connected: true, readonly: true })
  expect(first).not.toHaveProperty('b64byt')
  pv.post({ value: new Uint8Array(6_000), alarm: alarm('MAJOR') } as never)
  expect(await page.update('w', ({ severity }) => severity === 'MAJOR')).not.toHaveProperty('b64byt')
  pv.post({ value: new Uint8Array(2) } as never)
  await page.update('w', ({ b64byt }) => b64byt === 'AAA=')
  expect(page.heard.filter(({ type }) => type === 'error')).toHaveLength(1)
})

it.each(['json', 'binary'])(
  'version 2 in %s: it is told once, and the next that fits is complete',
  async (format) => {
    const pv = wave(5_000)
    const { open2 } = await bridged({ w: pv }, { limits, arrayRate: 1_000 })
    const page = await open2()
    page.say({ type: 'subscribe', id: 1, pv: 'w', format })
    expect(await page.of('error', 1)).toHaveProperty('code', 'ERR_BRIDGE_TOO_LARGE')
    pv.post({ value: new Uint8Array(6_000) } as never)
    await page.settled()
    pv.post({ value: new Uint8Array(2) } as never)
    const next = await page.hears((message) => message.id === 1 && 'complete' in message)
    expect(next).toHaveProperty('complete', true)
    expect(page.heard.filter(({ type }) => type === 'error')).toHaveLength(1)
    expect(page.heard.filter(({ type }) => type === 'state')).toHaveLength(1)
  },
)

it('version 2: a result that is too large is an error', async () => {
  const { open2 } = await bridged({ w: wave(5_000) }, { limits })
  const page = await open2()
  for (const [id, format] of ['json', 'binary'].entries())
    expect(await page.ask({ type: 'get', id, pv: 'w', format })).toHaveProperty(
      'code',
      'ERR_BRIDGE_TOO_LARGE',
    )
})
