import { describe, expect, it, vi } from 'vitest'
import * as errors from '../../../lib-ts/errors.js'

const {
  annotate,
  ClosedError,
  ConversionError,
  DecodeError,
  DisconnectedError,
  InvalidArgumentError,
  NoFieldError,
  PvaError,
  RemoteError,
  ResourceError,
  TimeoutError,
  TypeMismatchError,
} = errors

const classes = [
  [TimeoutError, 'TimeoutError', 'ERR_PVA_TIMEOUT'],
  [DisconnectedError, 'DisconnectedError', 'ERR_PVA_DISCONNECTED'],
  [RemoteError, 'RemoteError', 'ERR_PVA_REMOTE'],
  [ResourceError, 'ResourceError', 'ERR_PVA_RESOURCE'],
  [ClosedError, 'ClosedError', 'ERR_PVA_CLOSED'],
  [TypeMismatchError, 'TypeMismatchError', 'ERR_PVA_TYPE'],
  [InvalidArgumentError, 'InvalidArgumentError', 'ERR_PVA_ARGUMENT'],
  [DecodeError, 'DecodeError', 'ERR_PVA_DECODE'],
] as const

describe('the error classes', () => {
  it.each(classes)('%o has its name and code', (Class, name, code) => {
    const error = new Class('what', { op: 'get', pv: 'a', phase: 'search', cause: 1, hint: 'try' })
    expect(error).toBeInstanceOf(Error)
    expect(error).toBeInstanceOf(PvaError)
    expect(error).toMatchObject({
      name,
      code,
      message: 'what',
      op: 'get',
      pv: 'a',
      phase: 'search',
      cause: 1,
      hint: 'try',
    })
    expect(String(error)).toBe(`${name}: what`)
  })

  it('have paths where a field is concerned', () => {
    expect(new ConversionError('x', { path: 'a.b' })).toMatchObject({
      code: 'ERR_PVA_CONVERSION',
      path: 'a.b',
    })
    const none = new NoFieldError('x', { path: 'a', fields: ['b'] })
    expect(none).toMatchObject({ code: 'ERR_PVA_NO_FIELD', path: 'a', fields: ['b'] })
  })

  it('have no keys for what is not known', () => {
    expect(Object.keys(new TimeoutError('x')).sort()).toEqual(['code', 'op'])
    expect(new TimeoutError('x').op).toBe('')
    expect('cause' in new TimeoutError('x')).toBe(false)
  })

  it('do not pass for each other, nor does anything that is not an error', () => {
    expect(new TimeoutError('x')).not.toBeInstanceOf(ClosedError)
    expect(new PvaError('x')).not.toBeInstanceOf(TimeoutError)
    for (const x of [null, undefined, 5, {}, new Error('x'), () => 1]) expect(x).not.toBeInstanceOf(PvaError)
  })

  it('[115] are recognised when they come from another copy of the package', async () => {
    vi.resetModules()
    const other = await import('../../../lib-ts/errors.js')
    expect(other.TimeoutError).not.toBe(TimeoutError)
    const error = new other.ConversionError('x', { path: 'p' })
    expect(error).toBeInstanceOf(ConversionError)
    expect(error).toBeInstanceOf(PvaError)
    expect(error).not.toBeInstanceOf(NoFieldError)
    expect(new TimeoutError('x')).toBeInstanceOf(other.TimeoutError)
  })

  it('can be extended, and a user class is itself alone', () => {
    class Mine extends TimeoutError {}
    expect(new Mine('x')).toBeInstanceOf(Mine)
    expect(new Mine('x')).toBeInstanceOf(TimeoutError)
    expect(new Mine('x').code).toBe('ERR_PVA_TIMEOUT')
    expect(new TimeoutError('x')).not.toBeInstanceOf(Mine)
  })

  it('become plain data, whatever the cause', () => {
    const error = new NoFieldError('m', {
      op: 'put',
      pv: 'x',
      path: 'a',
      fields: ['b'],
      cause: new Error('deep'),
    })
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'NoFieldError',
      code: 'ERR_PVA_NO_FIELD',
      message: 'm',
      op: 'put',
      pv: 'x',
      path: 'a',
      fields: ['b'],
      cause: 'Error: deep',
    })
    expect(new PvaError('m', { cause: Object.create(null) }).toJSON()['cause']).toBe('[object Object]')
  })

  it('take what is found out on the way, and keep what they know', () => {
    const error = annotate(new TimeoutError('x', { pv: 'first' }), { op: 'put', pv: 'second', hint: 'try' })
    expect(error).toMatchObject({ op: 'put', pv: 'first', hint: 'try' })
  })
})
