import { quote } from '../input/index.js'
import { argument } from './errors.js'

const FORM = /^(?:urn:uuid:)?(\{?)([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})(\}?)$/i

/** Lower case, with dashes. `bytes` are 16. */
export function textOfUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return dashed(hex)
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Text of any usual form, or 16 bytes, as lower case with dashes; undefined for anything else. */
export function readUuid(x: unknown): string | undefined {
  if (typeof x === 'string') {
    const [, open = '', digits, close = ''] = FORM.exec(x.trim()) ?? []
    if (digits === undefined || (open === '{') !== (close === '}')) return undefined
    return dashed(digits.replaceAll('-', '').toLowerCase())
  }
  return x instanceof Uint8Array && x.length === 16 ? textOfUuid(x) : undefined
}

/** @throws BTrDBError (`ERR_BTRDB_ARGUMENT`) */
export function uuidText(x: unknown, op: string): string {
  const uuid = readUuid(x)
  if (uuid === undefined) throw argument(`${op}: ${quote(x)} is not a uuid`, { op })
  return uuid
}

/** The same as 16 bytes. */
export function bytesOfUuid(x: unknown, op: string): Buffer {
  return Buffer.from(uuidText(x, op).replaceAll('-', ''), 'hex')
}
