// Names of PVs as subjects and keys, and what the rooms of brokers refuse before they connect.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOf, NatsReader, NatsSink, pvOf, subjectOf } from 'node-pvxs/nats'

describe('subjects and keys', () => {
  it('stand for one PV each, whatever its name, and are one token', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (pv) => {
        const subject = subjectOf(pv)
        expect(pvOf(subject)).toBe(pv)
        expect(subject).toMatch(/^pv\.[^\s.*>]+$/)
        expect(keyOf(pv)).toMatch(/^[A-Za-z0-9_\-/=]+$/)
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    ['lab:temperature', 'pv.lab:temperature', 'lab=3Atemperature'],
    ['lab:temp.HIGH', 'pv.lab:temp=2EHIGH', 'lab=3Atemp=2EHIGH'],
    ['a*b>c d=e', 'pv.a=2Ab=3Ec=20d=3De', 'a=2Ab=3Ec=20d=3De'],
    ['µ', 'pv.=C2=B5', '=C2=B5'],
  ])('%s', (pv, subject, key) => {
    expect([subjectOf(pv), keyOf(pv)]).toEqual([subject, key])
    expect(subjectOf(pv, 'site.pv')).toBe(`site.${subject}`)
  })

  it.each(['pv.a.b', 'other.a', 'pv.', 'pv.=2', 'pv.=2e', 'pv.=FF', 'pv.=41', 'pv.=batch', 'pv'])(
    '%s is the subject of no PV',
    (subject) => {
      expect(() => pvOf(subject)).toThrow(subject)
    },
  )
})

describe('options', () => {
  const servers = ['localhost:4222']
  it.each<[object | undefined, string]>([
    [undefined, 'NatsSink: option "servers" is missing'],
    [{ servers }, 'NatsSink: option "stream" is missing'],
    [{ servers: [], stream: 's' }, 'option "servers" is a list of at least one server, not an array of 0'],
    [{ servers: 'localhost', stream: 's' }, 'option "servers" is an array, not "localhost"'],
    [{ servers, stream: 'a.b' }, 'option "stream" is a name without spaces'],
    [
      { servers, stream: 's', subject: 'pv.>' },
      'option "subject" is a subject without wildcards, not "pv.>"',
    ],
    [{ servers, stream: 's', subject: 'a..b' }, 'option "subject" is tokens with a dot between'],
    [{ servers, stream: 's', format: 'xml' }, `option "format" is 'json' or 'f144', not "xml"`],
    [
      { servers, stream: 's', format: 'f144', pack: 'batch' },
      'option "pack" is "batch" for format "json" alone',
    ],
    [{ servers, stream: 's', dedup: true }, `option "dedup" is 'retry', 'series-time' or false, not true`],
    [{ servers, stream: 's', createStream: { maxAge: -1 } }, 'option "maxAge" is an integer'],
    [{ servers, stream: 's', strem: 's' }, 'unknown option "strem" of NatsSink'],
    [{ servers, stream: 's', tls: 5 }, 'option "tls" is true, false or { ca, cert, key }, not 5'],
  ])('of a sink %#', (options, text) => {
    let error: unknown
    try {
      new NatsSink(options as never)
    } catch (e) {
      error = e
    }
    expect(error).toMatchObject({ code: 'ERR_NATS_ARGUMENT', op: 'NatsSink' })
    expect(String(error)).toContain(text)
  })

  it.each<[object, string]>([
    [{ servers, stream: 's' }, 'option "consumer" is missing'],
    [{ servers, stream: 's', consumer: 'c', from: 'monday' }, 'from is a time'],
    [{ servers, stream: 's', consumer: 'c', maxBatch: 0 }, 'option "maxBatch" is an integer from 1'],
  ])('of a reader %#', (options, text) => {
    expect(() => new NatsReader(options as never)).toThrow(text)
  })
})
