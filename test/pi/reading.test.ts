// A first look through all floors: the simulator, references, values, errors.
import { describe, expect, it } from 'vitest'
import {
  basic,
  columns,
  PiArgumentError,
  PiAuthError,
  PiHttpError,
  PiNotFoundError,
  PiState,
  webId,
} from 'node-pvxs/pi'
import { plant } from './plant.js'

const GUID = '00000000-0000-0000-0000-000000000001'

describe('a value by reference', () => {
  it.each([
    ['a tag', 'sinusoid'],
    ['a path with back-slashes', '\\\\PISRV\\sinusoid'],
    ['a path with slashes, in another case', '//pisrv/SINUSOID'],
    ['an object', { tag: 'sinusoid' }],
  ])('is read by %s', async (_, ref) => {
    const { pi } = await plant()
    const update = await pi.value(ref)
    expect(update).toMatchObject({
      name: 'sinusoid',
      path: '\\\\PISRV\\sinusoid',
      value: 1.5,
      units: 'degC',
      good: true,
    })
  })

  it('is read of an attribute', async () => {
    const { pi } = await plant()
    const update = await pi.value('//AFSRV/Plant/Pump1|Flow')
    expect(update).toMatchObject({ ref: '//AFSRV/Plant/Pump1|Flow', name: 'Flow', value: 3, units: 'm3/h' })
  })

  it('is read by each form of WebID', async () => {
    const { pi, sim } = await plant()
    for (const webIdType of ['Full', 'IDOnly', 'PathOnly', 'LocalIDOnly', 'DefaultIDOnly']) {
      const { WebId } = await pi.points.getByPath({ path: '\\\\PISRV\\sinusoid', webIdType })
      expect(webId.parse(WebId)).toMatchObject({ type: webIdType, kind: 'point' })
      expect(webId.encode(webId.parse(WebId))).toBe(WebId)
      await expect(pi.value(WebId)).resolves.toMatchObject({ name: 'sinusoid', value: 1.5 })
    }
    expect(sim.requests.length).toBeGreaterThan(0)
  })

  it('of a digital point is a state with its code', async () => {
    const { pi } = await plant()
    const { value } = await pi.value('mode')
    expect(value).toBeInstanceOf(PiState)
    expect(value).toMatchObject({ name: 'On', code: 1, system: false })
    expect(String(value)).toBe('On')
  })

  it('of a point without one is a state of the system', async () => {
    const { pi, sim } = await plant()
    sim.addPoint('new')
    await expect(pi.value('new')).resolves.toMatchObject({
      value: { name: 'Pt Created', system: true },
      good: false,
    })
  })

  it('that is not there names itself, and what may have been meant', async () => {
    const { pi } = await plant()
    const failed: unknown = await pi.value('sinusiod').catch((e: unknown) => e)
    expect(failed).toBeInstanceOf(PiNotFoundError)
    expect(failed).toMatchObject({ code: 'ERR_PI_NOT_FOUND', ref: 'sinusiod' })
    expect((failed as Error).message).toContain('did you mean "sinusoid"?')
  })

  it('fails alone among others', async () => {
    const { pi } = await plant()
    const [one, none, flow] = await pi.values(['sinusoid', 'nobody', '//AFSRV/Plant/Pump1|Flow'])
    expect(one).toMatchObject({ status: 'fulfilled', value: { value: 1.5 } })
    expect(none).toMatchObject({ status: 'rejected', reason: { code: 'ERR_PI_NOT_FOUND' } })
    expect(flow).toMatchObject({ status: 'fulfilled', value: { value: 3 } })
  })
})

describe('a typed method', () => {
  it('reads recorded values', async () => {
    const { pi, sim } = await plant()
    sim.load('sinusoid', [
      ['2026-01-01T00:00:00Z', 1],
      ['2026-01-01T00:00:01.1234567Z', 2.5],
    ])
    const { WebId } = await pi.points.getByPath({ path: '\\\\PISRV\\sinusoid' })
    const body = await pi.streams.getRecorded({
      webId: WebId,
      startTime: new Date('2026-01-01T00:00:00Z'),
      endTime: '2026-01-01T00:01:00Z',
    })
    const [got] = columns(body)
    expect([...(got?.values ?? [])]).toEqual([1, 2.5])
    expect([...(got?.times ?? [])]).toEqual([1_767_225_600_000_000_000n, 1_767_225_601_123_456_700n])
  })

  it('writes, and gives nothing for 204', async () => {
    const { pi, sim } = await plant()
    const { WebId } = await pi.points.getByPath({ path: '\\\\PISRV\\sinusoid' })
    const body = { Timestamp: '2026-01-01T00:00:00Z', Value: 7 }
    const done = await pi.streams.updateValue({ webId: WebId, bufferOption: 'DoNotBuffer', body })
    expect(done).toBeUndefined()
    expect(sim.events('sinusoid')[0]).toMatchObject({ value: 7 })
  })

  it('gives the place of what it made', async () => {
    const { pi } = await plant()
    const { WebId } = await pi.dataservers.getByName({ name: 'PISRV' })
    const made = await pi.dataservers.createPoint({
      webId: WebId,
      body: { Name: 'made', PointType: 'Float64' },
    })
    expect(webId.parse(made.webId ?? '')).toMatchObject({ kind: 'point' })
    await expect(pi.value('made')).resolves.toMatchObject({ name: 'made' })
  })

  it('refuses parameters that are unknown, missing or wrong, and sends nothing', async () => {
    const { pi, sim } = await plant()
    const call = (args: unknown): Promise<unknown> =>
      (pi.streams.getRecorded as (args: unknown) => Promise<unknown>)(args).catch((e: unknown) => e)
    for (const [args, text] of [
      [{ webId: 'x', startTme: '*' }, 'startTime'],
      [{}, 'webId'],
      [undefined, 'webId'],
      [{ webId: 'x', maxCount: '5' }, 'maxCount'],
      [{ webId: 'x', maxCount: 1.5 }, 'maxCount'],
      [{ webId: 'x', startTime: new Date(NaN) }, 'startTime'],
      [{ webId: 'x'.repeat(300) }, 'ID-only'],
      [[], 'one object'],
    ] as const) {
      const failed = await call(args)
      expect(failed).toBeInstanceOf(PiArgumentError)
      expect((failed as Error).message).toContain(text)
    }
    expect(sim.requests).toEqual([])
  })

  it('fails with the texts of the server', async () => {
    const { pi } = await plant()
    const failed: unknown = await pi.points.getByPath({ path: '\\\\PISRV\\nobody' }).catch((e: unknown) => e)
    expect(failed).toBeInstanceOf(PiHttpError)
    expect(failed).toMatchObject({ status: 404, errors: [expect.stringContaining('nobody')] })
  })
})

describe('who we are', () => {
  const auth = { user: 'me', password: 'geheim' }

  it('goes with each request', async () => {
    const { pi } = await plant({ auth }, { auth: basic('me', 'geheim') })
    await expect(pi.value('sinusoid')).resolves.toMatchObject({ value: 1.5 })
    await expect(pi.check()).resolves.toMatchObject({
      ok: true,
      user: 'me',
      dataServers: ['PISRV'],
      csrf: true,
      problems: [],
    })
  })

  it('is refused once when it is wrong, and is printed nowhere', async () => {
    const { pi, sim } = await plant({ auth }, { auth: basic('me', 'wrong-secret') })
    const failed: unknown = await pi.value('sinusoid').catch((e: unknown) => e)
    expect(failed).toBeInstanceOf(PiAuthError)
    expect(failed).toMatchObject({ code: 'ERR_PI_AUTH', schemes: ['Basic'] })
    expect(sim.requests).toHaveLength(1)
    const { inspect } = await import('node:util')
    const secret = Buffer.from('me:wrong-secret').toString('base64')
    for (const shown of [
      inspect(pi, { depth: 9, showHidden: true }),
      inspect(failed, { depth: 9 }),
      JSON.stringify(pi),
    ]) {
      expect(shown).not.toContain('wrong-secret')
      expect(shown).not.toContain(secret)
    }
  })
})

it.each([
  ['nothing', null],
  ['ids that are not a list', { type: 'IDOnly', kind: 'point', ids: 'x' }],
  ['too few ids', { type: 'IDOnly', kind: 'point', ids: [] }],
  ['a path where there is none', { type: 'IDOnly', kind: 'dataServer', ids: [GUID], path: 'x' }],
  ['another kind', { type: 'PathOnly', kind: 'points', path: 'x' }],
])('a WebID is not made of %s', (_, parts) => {
  expect(() => webId.encode(parts as never)).toThrow(PiArgumentError)
})
