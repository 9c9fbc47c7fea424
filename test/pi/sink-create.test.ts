// Points that the sink makes.
import { describe, expect, it } from 'vitest'
import { PiWebApi } from 'node-pvxs/pi'
import type { Sample, Series, SeriesType, SinkError } from 'node-pvxs/telemetry'
import type { PiSimulator } from 'node-pvxs/testing'
import { plant } from './plant.js'

const T0 = 1_700_000_000_000_000_000n
const sampleOf = (series: Series, value: Sample['value'], i = 0): Sample => ({
  series,
  time: T0 + BigInt(i) * 1_000_000_000n,
  value,
  severity: 0,
})
const creations = (sim: PiSimulator, what: 'points' | 'enumerationsets' | 'enumerationvalues'): unknown[] =>
  sim.requests
    .filter(({ verb, path }) => verb === 'POST' && path.endsWith(`/${what}`))
    .map(({ body }) => body)
const pointAt = async (pi: PiWebApi, tag: string) => pi.points.getByPath({ path: `\\\\PISRV\\${tag}` })
const statesOf = async (pi: PiWebApi, tag: string): Promise<string[]> => {
  const { DigitalSetName } = await pointAt(pi, tag)
  const { Items } = await pi.dataservers.list()
  const { Items: sets } = await pi.dataservers.getEnumerationSets({ webId: Items[0]?.WebId ?? '' })
  const set = sets.find(({ Name }) => Name === DigitalSetName)
  const values = await pi.enumerationsets.getValues({ webId: set?.WebId ?? '' })
  return values.Items.map(({ Name }) => Name)
}

describe('a point that is not there', () => {
  it('is refused without create', async () => {
    const { pi } = await plant()
    expect(await pi.sink().write([sampleOf({ id: 'new', type: 'float64' }, 1)])).toEqual({
      written: 0,
      rejected: [{ index: 0, reason: expect.stringMatching(/^no such point \\\\PISRV\\new/) as string }],
    })
  })

  const types: readonly (readonly [SeriesType, Sample['value'], string])[] = [
    ['float64', 1.5, 'Float64'],
    ['float32', 1.5, 'Float32'],
    ['int8', 1, 'Int32'],
    ['int16', 1, 'Int32'],
    ['int32', 1, 'Int32'],
    ['uint8', 1, 'Int32'],
    ['uint16', 1, 'Int32'],
    ['bool', true, 'Int32'],
    ['uint32', 4_294_967_295, 'Float64'],
    ['int64', 1n, 'Float64'],
    ['uint64', 1n, 'Float64'],
    ['string', 'x', 'String'],
    ['enum', 1, 'Digital'],
  ]
  it.each(types)('is made for %s', async (type, value, made) => {
    const { pi } = await plant()
    const series: Series = { id: `new:${type}`, type, ...(type === 'enum' ? { choices: ['A', 'B'] } : {}) }
    expect(await pi.sink({ create: true }).write([sampleOf(series, value)])).toEqual({
      written: 1,
      rejected: [],
    })
    expect((await pointAt(pi, `new:${type}`)).PointType).toBe(made)
  })

  it('is made with units, description and what option create gives', async () => {
    const { pi, sim } = await plant()
    const series: Series = { id: 'new', type: 'float64', units: 'mm', description: 'a gap' }
    const seen: Series[] = []
    const create = (one: Series): object => {
      seen.push(one)
      return { Step: true, EngineeringUnits: 'm' }
    }
    await pi.sink({ create }).write([sampleOf(series, 1), sampleOf(series, 2, 1)])
    expect(await pointAt(pi, 'new')).toMatchObject({ EngineeringUnits: 'm', Descriptor: 'a gap', Step: true })
    expect(seen).toEqual([series])
    expect(creations(sim, 'points')).toMatchObject([
      { Name: 'new', PointType: 'Float64', PointClass: 'classic' },
    ])
    const back: Series[] = []
    for await (const one of pi.history().find('new')) back.push(one)
    expect(back).toEqual([{ ...series, units: 'm' }])
  })

  it('is made once when 1000 batches ask together, and so is its set', async () => {
    const { pi, sim } = await plant()
    const series: Series[] = [
      { id: 'new:a', type: 'float64' },
      { id: 'new:e', type: 'enum', choices: ['Red', 'Green'] },
      { id: 'new:f', type: 'enum', choices: ['Red', 'Green'] },
    ]
    const [one, two] = [pi.sink({ create: true }), pi.sink({ create: true })]
    const results = await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        (i % 2 === 0 ? one : two).write(series.map((s) => sampleOf(s, s.type === 'enum' ? i % 2 : i, i))),
      ),
    )
    for (const result of results) expect(result).toEqual({ written: 3, rejected: [] })
    expect(creations(sim, 'points')).toHaveLength(3)
    expect(creations(sim, 'enumerationsets')).toHaveLength(1)
    expect(creations(sim, 'enumerationvalues')).toHaveLength(2)
    expect(sim.events('new:a').filter(({ time }) => time < T0 + 1_000_000_000_000n)).toHaveLength(1000)
  })

  it('is taken as it is when somebody else makes it meanwhile', async () => {
    const { pi, sim } = await plant()
    await using other = new PiWebApi(sim.url)
    let first = true
    sim.intercept(({ verb, path }) => {
      if (verb !== 'POST' || !path.endsWith('/points') || !first) return undefined
      first = false
      sim.addPoint('new', { type: 'String' })
      return undefined
    })
    expect(await pi.sink({ create: true }).write([sampleOf({ id: 'new', type: 'float64' }, 1)])).toEqual({
      written: 1,
      rejected: [],
    })
    expect((await other.value('new', { at: '2023-11-14T22:13:21Z' })).value).toBe('1')
  })

  it('is refused with what the server says, and the others are written', async () => {
    const { pi, sim } = await plant()
    sim.intercept(({ verb, path, body }) =>
      verb === 'POST' && path.endsWith('/points') && (body as { Name: string }).Name === 'bad'
        ? { status: 403, body: { Errors: ['You may not make points.'] } }
        : undefined,
    )
    const batch = ['good', 'bad'].map((id) => sampleOf({ id, type: 'float64' }, 1))
    expect(await pi.sink({ create: true }).write(batch)).toEqual({
      written: 1,
      rejected: [
        { index: 1, reason: 'no such point bad, and it could not be made: You may not make points.' },
      ],
    })
  })

  it('is tried again by who writes when the server is busy', async () => {
    const { pi, sim } = await plant()
    let busy = true
    sim.intercept(({ verb }) =>
      verb === 'POST' && busy ? { status: 503, headers: { 'retry-after': '1' } } : undefined,
    )
    const sink = pi.sink({ create: true })
    const batch = [sampleOf({ id: 'new', type: 'float64' }, 1)]
    const error = await sink.write(batch).catch((e: unknown) => e as SinkError)
    expect(error).toMatchObject({ name: 'SinkError', retryable: true, retryAfter: 1000 })
    busy = false
    expect(await sink.write(batch)).toEqual({ written: 1, rejected: [] })
  })

  it('on a server that is not there is refused, and the others are written', async () => {
    const { pi } = await plant()
    const refs: Record<string, string> = { lost: '//NOBODY/tag', there: '//PISRV/fresh' }
    const sink = pi.sink({ create: true, point: ({ id }) => refs[id] })
    const batch = Object.keys(refs).map((id) => sampleOf({ id, type: 'float64' }, 1))
    expect(await sink.write(batch)).toEqual({
      written: 1,
      rejected: [{ index: 0, reason: expect.stringMatching(/^no such point .*NOBODY/) as string }],
    })
  })

  it('cannot be made from a WebID or as an attribute, nor under another name', async () => {
    const { pi } = await plant()
    const refs: Record<string, string> = { a: '//AFSRV/Plant/Pump1|Level' }
    const attribute = pi.sink({ create: true, point: ({ id }) => refs[id] })
    expect((await attribute.write([sampleOf({ id: 'a', type: 'float64' }, 1)])).rejected[0]?.reason).toMatch(
      /only points can be made/,
    )
    const named = pi.sink({ create: () => ({ Name: 'x' }) })
    expect((await named.write([sampleOf({ id: 'b', type: 'float64' }, 1)])).rejected[0]?.reason).toMatch(
      /no Name/,
    )
    const failing = pi.sink({
      create: () => {
        throw new Error('no fields')
      },
    })
    expect((await failing.write([sampleOf({ id: 'b', type: 'float64' }, 1)])).rejected[0]?.reason).toMatch(
      /no fields/,
    )
  })

  it('is made anew when it was removed', async () => {
    const { pi, sim } = await plant()
    const sink = pi.sink({ create: true })
    const series: Series = { id: 'new', type: 'float64' }
    await sink.write([sampleOf(series, 1)])
    await pi.points.delete({ webId: (await pointAt(pi, 'new')).WebId })
    expect(await sink.write([sampleOf(series, 2, 1)])).toEqual({ written: 1, rejected: [] })
    expect(sim.events('new')[0]?.value).toBe(2)
  })
})

describe('a digital set', () => {
  it('with equal states is used, also when it was made by others', async () => {
    const { pi, sim } = await plant({ digitalSets: { Modes: ['Off', 'On'], Other: ['On', 'Off'] } })
    const series: Series = { id: 'new', type: 'enum', choices: ['On', 'Off'] }
    await pi.sink({ create: true }).write([sampleOf(series, 1)])
    expect((await pointAt(pi, 'new')).DigitalSetName).toBe('Other')
    expect(creations(sim, 'enumerationsets')).toEqual([])
  })

  it('takes choices that PI cannot tell apart', async () => {
    const { pi } = await plant()
    const series: Series = { id: 'new', type: 'enum', choices: ['Idle', '', 'idle', 'Run'] }
    await pi.sink({ create: true }).write([sampleOf(series, 3)])
    expect(await statesOf(pi, 'new')).toEqual(['Idle', '1', 'idle (2)', 'Run'])
  })

  it('that was left unfinished is finished', async () => {
    const { pi, sim } = await plant()
    let left = 2
    sim.intercept(({ verb, path }) =>
      verb === 'POST' && path.endsWith('/enumerationvalues') && left-- === 0 ? { status: 503 } : undefined,
    )
    const choices = ['A', 'B', 'C', 'D']
    const batch = [sampleOf({ id: 'new', type: 'enum', choices }, 3)]
    await expect(pi.sink({ create: true }).write(batch)).rejects.toMatchObject({ retryable: true })
    await using later = new PiWebApi(sim.url)
    expect(await later.sink({ create: true }).write(batch)).toEqual({ written: 1, rejected: [] })
    expect(creations(sim, 'enumerationsets')).toHaveLength(1)
    expect(await statesOf(pi, 'new')).toEqual(choices)
  })

  it('is not made for an enum without choices: its point holds the index', async () => {
    const { pi, sim } = await plant()
    await pi.sink({ create: true }).write([sampleOf({ id: 'new', type: 'enum' }, 3)])
    expect((await pointAt(pi, 'new')).PointType).toBe('Int32')
    expect(sim.events('new')[0]?.value).toBe(3)
  })
})
