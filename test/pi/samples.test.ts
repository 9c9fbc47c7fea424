// Updates of PI as samples.
import { expect, it } from 'vitest'
import { piSamples, PiState, type PiUpdate, type PiWebApi } from 'node-pvxs/pi'
import type { Sample } from 'node-pvxs/telemetry'
import { plant } from './plant.js'

const T0 = 1_700_000_000_000_000_000n
const updateOf = (more: Partial<PiUpdate>): PiUpdate => ({
  ref: 'x',
  webId: 'I1DPx',
  path: '\\\\PISRV\\x',
  name: 'x',
  time: T0,
  value: 1,
  units: '',
  good: true,
  questionable: false,
  substituted: false,
  annotated: false,
  ...more,
})
const one = (samples: readonly Sample[]): Sample => samples[0] as Sample

const sampleFor = async (pi: PiWebApi, ref: string): Promise<Sample> => one(piSamples()(await pi.value(ref)))

it('take the type of the point, not that of the value', async () => {
  const { pi } = await plant({
    points: {
      f: { value: 1, units: 'mm', description: 'a gap' },
      i: { type: 'Int32', value: 1 },
      s: { type: 'String' },
      d: { digitalSet: 'Modes', value: 'On' },
    },
    attributes: { 'P\\E|big': { type: 'Int64', value: 5 }, 'P\\E|flag': { value: true } },
  })
  expect(await sampleFor(pi, 'f')).toMatchObject({
    series: { id: 'f', type: 'float64', units: 'mm', description: 'a gap' },
    value: 1,
    severity: 0,
  })
  expect(await sampleFor(pi, 'i')).toMatchObject({ series: { type: 'int32' }, value: 1 })
  expect(await sampleFor(pi, 's')).toMatchObject({
    series: { type: 'string' },
    value: null,
    severity: 3,
    message: 'Pt Created',
  })
  expect(await sampleFor(pi, 'd')).toMatchObject({ series: { type: 'enum', choices: ['', 'On'] }, value: 1 })
  expect(await sampleFor(pi, '//AFSRV/P/E|big')).toMatchObject({ series: { type: 'int64' }, value: 5n })
  expect(await sampleFor(pi, '//AFSRV/P/E|flag')).toMatchObject({ series: { type: 'bool' }, value: true })
})

it('give severities, and no value for a state of the system and for an error', () => {
  const of = (more: Partial<PiUpdate>, options = {}): Partial<Sample> => {
    const { value, severity, message } = one(piSamples(options)(updateOf(more)))
    return { value, severity, ...(message === undefined ? {} : { message }) }
  }
  expect(of({ good: false })).toEqual({ value: 1, severity: 3 })
  expect(of({ questionable: true })).toEqual({ value: 1, severity: 1 })
  expect(of({ questionable: true }, { questionable: 2 })).toEqual({ value: 1, severity: 2 })
  expect(of({ questionable: true }, { questionable: 0 })).toEqual({ value: 1, severity: 0 })
  expect(of({ questionable: true, good: false }, { questionable: 0 })).toEqual({ value: 1, severity: 3 })
  const lost = new PiState('I/O Timeout', 246, true)
  expect(of({ value: lost, good: false })).toEqual({ value: null, severity: 3, message: 'I/O Timeout' })
  expect(of({ value: null, good: false, errors: ['no such time'] })).toEqual({
    value: null,
    severity: 3,
    message: 'no such time',
  })
})

it('share a series until something in it changes, and learn the states of a set', () => {
  const toSamples = piSamples()
  const first = one(toSamples(updateOf({ value: 1 })))
  expect(one(toSamples(updateOf({ value: 2 }))).series).toBe(first.series)
  expect(one(toSamples(updateOf({ value: 2, units: 'K' }))).series).toEqual({
    id: 'x',
    type: 'float64',
    units: 'K',
  })
  const mode = (name: string, code: number): Sample =>
    one(toSamples(updateOf({ ref: 'mode', value: new PiState(name, code, false) })))
  expect(mode('On', 1)).toMatchObject({ value: 1, series: { type: 'enum', choices: ['', 'On'] } })
  const both = mode('Off', 0)
  expect(both).toMatchObject({ value: 0, series: { choices: ['Off', 'On'] } })
  expect(mode('On', 1).series).toBe(both.series)
})

it('keep a series whose numbers grow beyond 2^53 whole', () => {
  const toSamples = piSamples()
  const types = [2n ** 60n, 5, null, 2n ** 60n].map((value) => {
    const sample = one(toSamples(updateOf({ value })))
    return [sample.series.type, sample.value]
  })
  expect(types).toEqual([
    ['int64', 2n ** 60n],
    ['int64', 5n],
    ['int64', null],
    ['int64', 2n ** 60n],
  ])
})

it('go by the id that is asked for', () => {
  expect(one(piSamples({ id: ({ path }) => path })(updateOf({}))).series.id).toBe('\\\\PISRV\\x')
  expect(() => piSamples({ id: () => 5 as never })(updateOf({}))).toThrow(/option "id" gave 5/)
})

it.each([{ questionable: 3 }, { id: 'x' }, { quality: 1 }])('refuse the options %j', (options) => {
  expect(() => piSamples(options as never)).toThrow(
    expect.objectContaining({ code: 'ERR_PI_ARGUMENT' }) as Error,
  )
})
