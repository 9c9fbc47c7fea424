import { describe, expect, it } from 'vitest'
import { InvalidArgumentError, PvRequest } from 'node-pvxs'
import { requestFrom } from '../../../lib-ts/client/request.js'
import { thrown } from '../fixtures.js'

describe('the text form', () => {
  it.each([
    ['', 'field()'],
    ['field()', 'field()'],
    ['value', 'field(value)'],
    ['value alarm', 'field(value,alarm)'],
    ['value,alarm', 'field(value,alarm)'],
    ['field(value,alarm.severity)', 'field(value,alarm.severity)'],
    [' field( value , ) ', 'field(value)'],
    ['field(a,b,)field(c)', 'field(a,b,c)'],
    ['field(a.b,a.c)', 'field(a.b,a.c)'],
    ['record[process=true]', 'field()record[process=true]'],
    ['field(a)record[process=true,queueSize=5,]', 'field(a)record[process=true,queueSize=5]'],
    ['record[]', 'field()'],
    ['record[ackAny=50%]value', 'field(value)record[ackAny=50%]'],
  ])('[93] reads %j', (text, normal) => {
    expect(PvRequest.parse(text).toString()).toBe(normal)
  })

  it.each([
    ['field(', 7],
    ['field(a', 8],
    ['field a', 7],
    ['field(a))', 9],
    ['record[a=]', 10],
    ['record[a]', 9],
    ['record[=5]', 8],
    ['record[a=1', 11],
    ['record(a=1)', 7],
    [',value', 1],
    ['field(a..b)', 7],
    ['field(.a)', 7],
    ['field(0a)', 7],
    ['value;alarm', 6],
    ['välue', 2],
    ['=', 1],
  ])('[93] refuses %j and shows the place', (text, character) => {
    const error = thrown(() => PvRequest.parse(text))
    expect(error).toBeInstanceOf(InvalidArgumentError)
    expect(error.message).toContain(`character ${character}`)
  })

  it.each([
    ['field(', 'request "field(", character 7: a field, or ) expected, but the text ends'],
    ['field)', 'request "field)", character 6: ( after field expected, but there is ")"'],
  ])('says of %j what was expected, and what there is', (text, message) => {
    expect(thrown(() => PvRequest.parse(text)).message).toBe(message)
  })

  it('refuses what is not text', () => {
    for (const text of [null, 5, {}])
      expect(thrown(() => PvRequest.parse(text as string))).toBeInstanceOf(InvalidArgumentError)
  })
})

describe('a request made by calls', () => {
  it('[94] keeps the types of options; the text form makes text', () => {
    const made = new PvRequest()
      .field('value')
      .record('on', true)
      .record('n', 5)
      .record('big', 2n ** 40n)
      .record('x', 1.5)
    expect(made.toValue().$toObject()).toEqual({
      field: { value: {} },
      record: { _options: { on: true, n: 5, big: 2n ** 40n, x: 1.5 } },
    })
    expect(PvRequest.parse('record[on=true]').toValue().$toObject()).toEqual({
      field: {},
      record: { _options: { on: 'true' } },
    })
  })

  it('refuses bad names and values', () => {
    const request = new PvRequest()
    for (const path of ['', 'a..b', '1', 'a b', 5, null]) {
      expect(thrown(() => request.field(path as string))).toBeInstanceOf(InvalidArgumentError)
    }
    for (const [key, value] of [
      ['', 1],
      ['a.b', 1],
      ['a', null],
      ['a', {}],
      ['a', 2n ** 70n],
    ]) {
      expect(thrown(() => request.record(key as string, value as string))).toBeInstanceOf(
        InvalidArgumentError,
      )
    }
    expect(request.toString()).toBe('field()')
  })

  it('is copied, not changed, by the calls that take it', () => {
    const request = new PvRequest().field('a')
    expect(requestFrom(request, ['b']).toString()).toBe('field(a,b)')
    expect(request.toString()).toBe('field(a)')
    expect(requestFrom('a', undefined).toString()).toBe('field(a)')
  })

  it('tells requests of other types apart', () => {
    const keys = [1, 1n, '1', true, 1.5].map((value) => new PvRequest().record('a', value).key)
    expect(new Set(keys).size).toBe(5)
  })
})
