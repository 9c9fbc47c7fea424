// Samples as lines of JSON and back.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeJson, encodeJson, type Sample, type Series } from 'node-pvxs/telemetry'
import { anySample } from './any-sample.js'

const series = (type: Series['type'], more: Partial<Series> = {}): Series => ({ id: 'x', type, ...more })
const sample = (type: Series['type'], value: Sample['value'], more: Partial<Series> = {}): Sample => ({
  series: series(type, more),
  time: 1_700_000_000_123_456_789n,
  value,
  severity: 0,
})

describe('a sample as JSON', () => {
  it('comes back the same, for every type and any text', () => {
    fc.assert(
      fc.property(anySample, (given) => {
        const line = encodeJson(given)
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/)
        expect(decodeJson(line)).toEqual(given)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each<[string, Sample, string]>([
    ['64-bit integers as text', sample('int64', 9_007_199_254_740_993n), '"value":"9007199254740993"'],
    ['NaN as text', sample('float64', NaN), '"value":"NaN"'],
    ['minus infinity as text', sample('float32', -Infinity), '"value":"-Infinity"'],
    ['minus zero as a number', sample('float64', -0), '"value":-0,'],
    ['float32 in its shortest digits', sample('float32', Math.fround(0.1)), '"value":0.1,'],
    ['arrays as arrays', sample('float64[]', Float64Array.of(1, NaN, -0)), '"value":[1,"NaN",-0]'],
    ['times as text', sample('int8', 1), '"time":"1700000000123456789"'],
    [
      'an enum by index, with its label',
      sample('enum', 1, { choices: ['Off', 'On'] }),
      '"value":1,"severity":0,"label":"On","choices":["Off","On"]',
    ],
  ])('has %s', (_, given, part) => {
    expect(encodeJson(given)).toContain(part)
  })

  it('is read with its fields in any order and others between them', () => {
    const line =
      '{"severity":2,"else":{"a":[1]},"value":5,"time":"7","status":3,"type":"uint8","pv":"lab:n","message":"hot"}'
    expect(decodeJson(line)).toEqual({
      series: { id: 'lab:n', type: 'uint8' },
      time: 7n,
      value: 5,
      severity: 2,
      status: 3,
      message: 'hot',
    })
  })

  it.each([
    ['{"pv":"x"', 'not JSON'],
    ['5', 'an object, not 5'],
    ['{"type":"int8","time":"1","value":1,"severity":0}', '"pv" is the name'],
    ['{"pv":"x","type":"int7","time":"1","value":1,"severity":0}', '"int7"'],
    ['{"pv":"x","type":"int8","time":1,"value":1,"severity":0}', '"time" is nanoseconds as text, not 1'],
    ['{"pv":"x","type":"int8","time":"9223372036854775808","value":1,"severity":0}', 'does not fit 64 bits'],
    ['{"pv":"x","type":"int8","time":"1","value":128,"severity":0}', '128 does not fit int8'],
    ['{"pv":"x","type":"int8[]","time":"1","value":[1,128],"severity":0}', '128 does not fit int8'],
    ['{"pv":"x","type":"int8[]","time":"1","value":[null],"severity":0}', 'an element is null'],
    ['{"pv":"x","type":"string[]","time":"1","value":["a",1],"severity":0}', 'text, not 1'],
    ['{"pv":"x","type":"int64","time":"1","value":5,"severity":0}', 'a bigint, not 5'],
    ['{"pv":"x","type":"float64","time":"1","value":"nan","severity":0}', 'a number, not "nan"'],
    ['{"pv":"x","type":"float64","time":"1","severity":0}', 'a number, not undefined'],
    ['{"pv":"x","type":"float64","time":"1","value":1,"severity":5}', 'from 0 to 4, not 5'],
    ['{"pv":"x","type":"float64","time":"1","value":1,"severity":0,"units":5}', '"units" is text, not 5'],
    ['{"pv":"x","type":"enum","time":"1","value":1,"severity":0,"choices":[5]}', 'choices'],
    ['{"pv":"x","type":"enum","time":"1","value":1,"severity":0,"labels":{"a":1}}', '"labels"'],
    ['{"pv":"x","type":"float64","time":"1","value":1,"severity":0,"message":5}', 'message'],
  ])('is refused with a reason: %s', (line, reason) => {
    expect(() => decodeJson(line)).toThrow(reason)
  })
})
