import { expect, it } from 'vitest'
import { NTScalar, TypeDef, type Value } from 'node-pvxs'
import { ChangeSet } from '../../lib-ts/data/index.js'
import { HEAD, RecordReader, typeContent, UPDATE, valueContent, writeHead } from '../../lib-ts/pvws/index.js'

const Pair = new TypeDef('struct', 'lab:pair', { a: 'int32', b: 'string' })
const value = (a: number, b: string): Value => Pair.create({ a, b }).$freeze()

function record(
  head: { kind: number; complete: boolean; merged: number; id: number; type: number },
  content: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(HEAD + content.length)
  writeHead(new DataView(bytes.buffer), 0, head, content.length)
  bytes.set(content, HEAD)
  return bytes
}

const type = (): Uint8Array =>
  record({ kind: 1, complete: false, merged: 0, id: 1, type: 0 }, typeContent(Pair))
const update = (x: Value, fields: readonly string[], complete = false, id = 5): Uint8Array =>
  record({ kind: UPDATE, complete, merged: 3, id, type: 1 }, valueContent(x, ChangeSet.fields(Pair, fields)))

const frame = (...records: readonly Uint8Array[]): ArrayBuffer =>
  new Uint8Array(records.flatMap((bytes) => Array.from(bytes))).buffer

it('a record is these bytes', () => {
  expect(Buffer.from(type()).toString('hex')).toBe(
    [
      '28000000', // 40 bytes
      '01', // a type
      '00',
      '0000',
      '01000000', // number 1
      '00000000',
      '80', // a structure
      '086c61623a70616972', // "lab:pair"
      '02', // two members
      '016122', // a, int32
      '016260', // b, string
      '00'.repeat(7),
    ].join(''),
  )
  expect(Buffer.from(update(value(7, 'ä'), ['a'])).toString('hex')).toBe(
    [
      '18000000', // 24 bytes
      '02', // an update
      '00', // not complete
      '0300', // of three
      '05000000', // of subscription 5
      '01000000', // of type 1
      '01', // one byte of bits
      '02', // the second field, counted from the structure
      '07000000', // 7
      '0000',
    ].join(''),
  )
})

it('an update changes the last value of its subscription', () => {
  const reader = new RecordReader()
  const [first] = reader.read(frame(type(), update(value(1, 'x'), [], true)))
  const [second] = reader.read(frame(update(value(2, 'ignored'), ['a'])))
  expect(first).toMatchObject({ complete: true, merged: 3, id: 5, kind: 2 })
  expect(second?.value.toJSON()).toEqual({ a: 2, b: 'x' })
  expect([...(second?.value.$changed ?? [])]).toEqual(['a'])
})

it('what nobody wants any more is passed over', () => {
  const reader = new RecordReader()
  const read = [
    ...reader.read(
      frame(type(), update(value(1, 'x'), [], true), update(value(2, 'y'), [], true, 6)),
      (id) => id === 6,
    ),
  ]
  expect(read.map(({ id }) => id)).toEqual([6])
})

it.each([
  ['a head that is cut', frame(type()).slice(0, 12), /within its head/],
  ['a record that is cut', frame(type()).slice(0, 32), /says that it has 40 bytes, and 32 came/],
  [
    'a length that is not a multiple of 8',
    Uint8Array.of(17, 0, 0, 0, 2, ...new Array<number>(20).fill(0)).buffer,
    /17 bytes/,
  ],
  ['a length of 0', new ArrayBuffer(16), /0 bytes/],
  [
    'an unknown kind',
    frame(record({ kind: 9, complete: false, merged: 0, id: 1, type: 1 }, new Uint8Array(0))),
    /kind 9/,
  ],
  ['an unknown type', frame(update(value(1, 'x'), [], true)), /type 1, which was not sent/],
  ['changes without a value before', frame(type(), update(value(1, 'x'), ['a'])), /no value of type 1/],
  ['changes after it was forgotten', frame(type(), update(value(1, 'x'), ['a'])), /no value/],
])('refuses %s', (_, bytes, text) => {
  expect(() => [...new RecordReader().read(bytes)]).toThrow(text)
})

it('forgets the value of a subscription that has ended', () => {
  const reader = new RecordReader()
  expect([...reader.read(frame(type(), update(value(1, 'x'), [], true)))]).toHaveLength(1)
  reader.forget(5)
  expect(() => [...reader.read(frame(update(value(1, 'x'), ['a'])))]).toThrow(/no value/)
})

it('the same fields are the same set, whatever they came from', () => {
  const build = new NTScalar('float64').build()
  const both = ChangeSet.fields(build, ['value', 'alarm.severity'])
  expect(ChangeSet.fields(build, ['alarm.severity']).with(ChangeSet.fields(build, ['value']))).toBe(both)
  expect(both.with(both)).toBe(both)
  expect(both.paths).toEqual(['value', 'alarm.severity'])
  expect(ChangeSet.fields(build, ['alarm', 'alarm.severity']).paths).toEqual([
    'alarm.severity',
    'alarm.status',
    'alarm.message',
  ])
  const posted = build.create({ value: 1 }).$freeze()
  expect(ChangeSet.of(posted)).toBe(ChangeSet.fields(build, ['value']))
  expect(both.toJSON(posted)).toEqual({ value: 1, alarm: { severity: 0 } })
})
