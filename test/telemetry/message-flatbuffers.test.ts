// The messages of the ESS forwarder, and messages of every kind read one after the other.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeFlatbuffer,
  encodeAl00,
  encodeEp01,
  encodeF144,
  MessageReader,
  MessageWriter,
  type Alarm,
  type Connection,
  type Received,
  type Sample,
  type SeriesType,
  type Severity,
} from 'node-pvxs/telemetry'
import { anySample } from './any-sample.js'

const numbers = anySample.filter(({ series, value }) => value !== null && !series.type.startsWith('string'))
const series = { id: 'lab:n', type: 'float64' } as const
const sample = (value: Sample['value'], severity: Severity = 0, time = 5n): Sample => ({
  series,
  time,
  value,
  severity,
})

/** What a type is on the other side. */
function typeThere(type: SeriesType): string {
  if (type === 'enum') return 'int32'
  return type.replace('bool', 'uint8')
}

const plain = (value: unknown): unknown =>
  ArrayBuffer.isView(value) ? [...(value as unknown as Iterable<unknown>)] : value

describe('f144, al00 and ep01', () => {
  it('give back name, type, time and value of every number and array', () => {
    fc.assert(
      fc.property(numbers, (given) => {
        const read = decodeFlatbuffer(encodeF144(given)) as Sample
        expect(read.series).toEqual({ id: given.series.id, type: typeThere(given.series.type) })
        expect(read.time).toBe(given.time)
        const wanted = plain(given.value)
        const expected = Array.isArray(wanted)
          ? wanted.map((x: unknown) => (typeof x === 'boolean' ? Number(x) : x))
          : typeof wanted === 'boolean'
            ? Number(wanted)
            : wanted
        expect(plain(read.value)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('give back alarms and connections', () => {
    const alarm: Alarm = { kind: 'alarm', pv: 'lab:ä', time: -5n, severity: 2, message: 'HIHI' }
    const lost: Connection = { kind: 'connection', pv: 'lab:ä', time: 2n ** 62n, state: 'disconnected' }
    expect(decodeFlatbuffer(encodeAl00(alarm))).toEqual(alarm)
    expect(decodeFlatbuffer(encodeEp01(lost))).toEqual(lost)
    expect(decodeFlatbuffer(encodeEp01({ ...lost, service: 'rec' }))).toEqual({ ...lost, service: 'rec' })
    expect(decodeFlatbuffer(encodeAl00({ ...alarm, severity: 4 }))).toEqual({ ...alarm, severity: 3 })
  })

  it('refuse text and null', () => {
    expect(() =>
      encodeF144({ series: { id: 'a', type: 'string' }, time: 0n, value: 'x', severity: 0 }),
    ).toThrow('string has no place in f144, which holds numbers')
    expect(() => encodeF144(sample(null))).toThrow('f144 holds a value, and there is none')
    expect(() => encodeF144(sample('5'))).toThrow('a value of a series of type float64 is a number, not "5"')
  })

  it('are read with an error, never outside of the message, whatever bytes are wrong', () => {
    const good = [
      encodeF144(sample(1.5)),
      encodeF144({
        series: { id: 'w', type: 'int16[]' },
        time: 1n,
        value: Int16Array.of(1, 2, 3),
        severity: 0,
      }),
      encodeAl00({ kind: 'alarm', pv: 'lab:n', time: 5n, severity: 2, message: 'HIHI' }),
      encodeEp01({ kind: 'connection', pv: 'lab:n', time: 5n, state: 'connected' }),
    ]
    let [read, refused] = [0, 0]
    const change = fc.tuple(fc.nat({ max: 200 }), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(
        fc.constantFrom(...good),
        fc.array(change, { maxLength: 6 }),
        fc.nat(),
        (bytes, changes, cut) => {
          // A part of a larger block, whose neighbours must not be seen.
          const block = new Uint8Array(bytes.length + 64).fill(0x41)
          block.set(bytes, 32)
          const message = block.subarray(32, 32 + bytes.length - (cut % 3 === 0 ? cut % bytes.length : 0))
          for (const [at, byte] of changes) if (at < message.length) message[at] = byte
          try {
            const said = decodeFlatbuffer(message)
            read++
            if ('series' in said && ArrayBuffer.isView(said.value))
              expect(said.value.byteLength).toBeLessThanOrEqual(message.length)
          } catch (error) {
            refused++
            expect(error).toMatchObject({ code: 'ERR_PVA_ARGUMENT', op: 'decodeFlatbuffer' })
          }
        },
      ),
      { numRuns: 5_000 },
    )
    expect(Math.min(read, refused)).toBeGreaterThan(500)
  })

  it('names what it cannot read', () => {
    const alien = encodeF144(sample(1)).slice()
    alien.set(Buffer.from('f142'), 4)
    expect(() => decodeFlatbuffer(alien)).toThrow('it is "f142", not f144, al00 or ep01')
    expect(() => decodeFlatbuffer(new Uint8Array(3))).toThrow('it has no identifier')
  })
})

/** What a reader makes of what a writer wrote, batch by batch. */
function through(format: 'json' | 'f144', batches: Sample[][]): Received & { kinds: string[] } {
  const writer = new MessageWriter(format, 'rec')
  const reader = new MessageReader()
  const all: Received = { samples: [], rejected: [] }
  const kinds: string[] = []
  for (const batch of batches)
    for (const { payload } of writer.write(batch).messages) {
      kinds.push(Buffer.from(payload.subarray(4, 8)).toString())
      reader.read(payload, 'here', all)
    }
  return { ...all, kinds }
}

describe('messages of batches', () => {
  it('as JSON are the samples again, and say choices once', () => {
    const choices = ['Off', 'On']
    const mode = { id: 'lab:mode', type: 'enum', choices } as const
    const batch: Sample[] = [1, 0, 1].map((value) => ({
      series: mode,
      time: 7n,
      value,
      severity: 0,
      status: 0,
    }))
    expect(through('json', [batch]).samples).toEqual(batch)
    const lines = new MessageWriter('json')
      .write(batch)
      .messages.map((m) => Buffer.from(m.payload).toString())
    expect(lines.map((line) => line.includes('choices'))).toEqual([true, false, false])
  })

  it('as FlatBuffers tell of an alarm and a connection when they change, before the value', () => {
    const batch = [sample(1), sample(2), sample(3, 2), sample(null, 4), sample(4, 0)]
    const { kinds, samples } = through('f144', [batch.slice(0, 2), batch.slice(2)])
    expect(kinds.join(' ')).toBe('ep01 al00 f144 f144 al00 f144 ep01 al00 ep01 al00 f144')
    expect(samples).toEqual(batch)
  })

  it('say everything again after what was written was lost', () => {
    const writer = new MessageWriter('f144')
    const kindsOf = (): number => writer.write([sample(1)]).messages.length
    expect([kindsOf(), kindsOf()]).toEqual([3, 1])
    writer.forget()
    expect(kindsOf()).toBe(3)
  })

  it('leave out what no message can hold, by its place', () => {
    const text: Sample = { series: { id: 't', type: 'string' }, time: 1n, value: 'x', severity: 0 }
    const wrong = { ...sample(1), time: 5 } as unknown as Sample
    const { messages, rejected } = new MessageWriter('f144').write([text, sample(1), wrong])
    expect(messages.map((m) => m.index)).toEqual([1, 1, 1])
    expect(rejected).toEqual([
      { index: 0, reason: 'string has no place in f144, which holds numbers' },
      { index: 2, reason: 'the time of a sample is a bigint, not 5' },
    ])
  })

  it('that are not samples are rejected by where they stand, and stop nothing', () => {
    const reader = new MessageReader()
    const into: Received = { samples: [], rejected: [] }
    const line = '{"pv":"lab:n","type":"float64","time":"5","value":1,"severity":0}'
    reader.read(Buffer.from(`${line}\nnonsense\n${line}\n`), 't/0@7', into)
    reader.read(Buffer.from('{'), 't/0@8', into)
    reader.read(Buffer.from([0x7b, 0xff]), 't/0@9', into)
    reader.read(Buffer.from('garbage, and long enough'), 't/0@10', into)
    reader.read(new Uint8Array(0), 't/0@11', into)
    reader.read(Buffer.from(line), 't/0@12', into)
    expect(into.samples).toEqual([sample(1), sample(1), sample(1)])
    expect(into.rejected).toEqual([
      { where: 't/0@7:2', reason: 'a sample as JSON: the line is not JSON' },
      { where: 't/0@8', reason: 'a sample as JSON: the line is not JSON' },
      { where: 't/0@9', reason: 'a sample as JSON: it is not UTF-8' },
      { where: 't/0@10', reason: 'a FlatBuffers message: it is "age,", not f144, al00 or ep01' },
      { where: 't/0@11', reason: 'a FlatBuffers message: it has no identifier' },
    ])
  })

  it('of any bytes never throw', () => {
    const reader = new MessageReader()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, brace) => {
        if (brace && bytes.length > 0) bytes[0] = 0x7b
        const into: Received = { samples: [], rejected: [] }
        reader.read(bytes, 'x', into)
        expect(into.samples.length + into.rejected.length).toBeGreaterThan(0)
      }),
      { numRuns: 2_000 },
    )
  })
})
