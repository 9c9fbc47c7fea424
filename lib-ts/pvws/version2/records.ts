// The binary records of version 2: a head of 16 bytes, little-endian, and PVAccess's own encoding behind it.
import { DecodeError } from '../../errors.js'
import { decodeType, DecodePlan, encodeType, Reader, Writer } from '../../data/index.js'
import type { TypeDef, Value, ChangeSet } from '../../data/index.js'

/** Bytes before the content of a record. Every record is a multiple of 8 bytes. */
export const HEAD = 16
export const TYPE = 1
export const UPDATE = 2
export const RESULT = 3
const COMPLETE = 1
const MOST_MERGED = 0xffff

/** The head of a record. */
export interface RecordHead {
  /** 1 a type, 2 an update, 3 the result of a request. */
  readonly kind: number
  /** Whether it has all the fields that were asked for. */
  readonly complete: boolean
  /** Updates that this one stands for. */
  readonly merged: number
  /** Of the subscription or request; the number of the type in a record of kind 1. */
  readonly id: number
  /** The number of the value's type; 0 in a record of kind 1. */
  readonly type: number
}

/** Writes the head of a record that has `content` bytes, padding included, behind it. */
export function writeHead(view: DataView, at: number, head: RecordHead, content: number): void {
  view.setUint32(at, HEAD + content, true)
  view.setUint8(at + 4, head.kind)
  view.setUint8(at + 5, head.complete ? COMPLETE : 0)
  view.setUint16(at + 6, Math.min(head.merged, MOST_MERGED), true)
  view.setUint32(at + 8, head.id, true)
  view.setUint32(at + 12, head.type, true)
}

const writer = new Writer()

/** What stands behind the head for a type: its field description, padded. */
export function typeContent(type: TypeDef): Uint8Array {
  writer.reset()
  encodeType(writer, type)
  return padded(writer.bytes())
}

/** What stands behind the head for these fields of a value: the changed-bitset and the fields, padded. */
export function valueContent(value: Value, fields: ChangeSet): Uint8Array {
  writer.reset()
  fields.encode(writer, value)
  return padded(writer.bytes())
}

function padded(bytes: Uint8Array): Uint8Array {
  const content = new Uint8Array((bytes.length + 7) & ~7)
  content.set(bytes)
  return content
}

/** A record with a value, read. */
export interface ValueRecord extends RecordHead {
  readonly value: Value
}

/**
 * Reads the binary frames of one socket: it keeps the types that were sent, and of each subscription the last value, which
 * the next one changes.
 */
export class RecordReader {
  readonly #types = new Map<number, DecodePlan>()
  readonly #last = new Map<number, { readonly plan: DecodePlan; readonly value: Value }>()

  /** Forgets the value of a subscription that has ended. */
  forget(id: number): void {
    this.#last.delete(id)
  }

  /**
   * The values in a frame, in order. Those of ids for which `wanted` says no are passed over.
   *
   * @throws DecodeError for what is not a record
   */
  *read(frame: ArrayBuffer, wanted: (id: number) => boolean = always): Generator<ValueRecord> {
    const view = new DataView(frame)
    for (let at = 0; at < frame.byteLength;) {
      if (frame.byteLength - at < HEAD) throw new DecodeError('a record ends within its head')
      const length = view.getUint32(at, true)
      if (length < HEAD || length % 8 !== 0 || length > frame.byteLength - at)
        throw new DecodeError(`a record says that it has ${length} bytes, and ${frame.byteLength - at} came`)
      const head = headAt(view, at)
      const reader = new Reader(frame, at + HEAD, at + length)
      at += length
      if (head.kind === TYPE) this.#learn(head.id, reader)
      else if (head.kind !== UPDATE && head.kind !== RESULT)
        throw new DecodeError(`a record is of kind ${head.kind}, which is unknown`)
      else if (wanted(head.id)) yield { ...head, value: this.#value(head, reader) }
    }
  }

  #learn(number: number, reader: Reader): void {
    const type = decodeType(reader)
    if (type === null) throw new DecodeError(`type ${number} has no description`)
    this.#types.set(number, DecodePlan.of(type))
  }

  #value({ kind, complete, id, type }: RecordHead, reader: Reader): Value {
    const plan = this.#types.get(type)
    if (plan === undefined) throw new DecodeError(`a record names type ${type}, which was not sent`)
    const before = kind === UPDATE && !complete ? this.#last.get(id) : undefined
    if (kind === UPDATE && !complete && before?.plan !== plan)
      throw new DecodeError(`subscription ${id} has no value of type ${type} that an update could change`)
    const value = plan.update(reader, before?.value ?? plan.initial)
    if (kind === UPDATE) this.#last.set(id, { plan, value })
    return value
  }
}

function always(): boolean {
  return true
}

function headAt(view: DataView, at: number): RecordHead {
  return {
    kind: view.getUint8(at + 4),
    complete: (view.getUint8(at + 5) & COMPLETE) !== 0,
    merged: view.getUint16(at + 6, true),
    id: view.getUint32(at + 8, true),
    type: view.getUint32(at + 12, true),
  }
}
