// The names of PVs as subjects and as keys of a bucket. A PV's name is one token: what would cut or widen it is written as
// =XX, a byte of its UTF-8.
import { BrokerError } from '../telemetry/index.js'

const PLAIN = /^[A-Za-z0-9_\-/:{}[\]()@+,;]+$/
const PLAIN_BYTE = /[A-Za-z0-9_\-/:{}[\]()@+,;]/
const KEY_BYTE = /[A-Za-z0-9_\-/]/
/** The subject of messages of several PVs; no name of a PV gives it, since two capital digits follow a `=` there. */
const PACKED = '=batch'

const bytes = new TextEncoder()
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function escapedBytes(text: string, plain: RegExp): string {
  let out = ''
  for (const byte of bytes.encode(text)) {
    const char = String.fromCharCode(byte)
    out += byte < 0x80 && plain.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}

function checkedName(pv: unknown, op: string): string {
  if (typeof pv === 'string' && pv !== '') return pv
  throw new BrokerError(`${op}: the name of a PV is text, not ${JSON.stringify(pv)}`, {
    code: 'ERR_NATS_ARGUMENT',
    op,
  })
}

/**
 * The subject of a PV: the prefix and its name as one token, whatever stands in it.
 *
 * @example
 * subjectOf('lab:temp.HIGH') // → 'pv.lab:temp=2EHIGH'
 */
export function subjectOf(pv: string, prefix = 'pv'): string {
  const name = checkedName(pv, 'subjectOf')
  return `${prefix}.${PLAIN.test(name) ? name : escapedBytes(name, PLAIN_BYTE)}`
}

/** The subject of messages that hold samples of several PVs. */
export const packedSubject = (prefix: string): string => `${prefix}.${PACKED}`

/**
 * The PV of a subject, the other way round.
 *
 * @throws BrokerError ERR_NATS_ARGUMENT for a subject that no PV has under this prefix
 * @example
 * pvOf('pv.lab:temp=2EHIGH') // → 'lab:temp.HIGH'
 */
export function pvOf(subject: string, prefix = 'pv'): string {
  const refuse = (why: string): BrokerError =>
    new BrokerError(`pvOf: ${JSON.stringify(subject)} ${why}`, { code: 'ERR_NATS_ARGUMENT', op: 'pvOf' })
  if (typeof subject !== 'string' || !subject.startsWith(`${prefix}.`))
    throw refuse(`is not a subject under "${prefix}."`)
  const token = subject.slice(prefix.length + 1)
  if (!/^(?:[A-Za-z0-9_\-/:{}[\]()@+,;]|=[0-9A-F]{2})+$/.test(token))
    throw refuse('is not the subject of a PV')
  const name = unescaped(token, () => refuse('is not the subject of a PV: it is not UTF-8'))
  // There is one way to write a name.
  if (subjectOf(name, prefix) !== subject) throw refuse('is not the subject of a PV')
  return name
}

function unescaped(token: string, refuse: () => BrokerError): string {
  if (!token.includes('=')) return token
  const parts = token.match(/=[0-9A-F]{2}|./g) ?? []
  const raw = Uint8Array.from(parts, (part) =>
    part.length === 3 ? parseInt(part.slice(1), 16) : part.charCodeAt(0),
  )
  try {
    return utf8.decode(raw)
  } catch {
    throw refuse()
  }
}

/**
 * The key of a PV in a bucket, where a colon is escaped too, as keys allow fewer characters than subjects.
 *
 * @example
 * keyOf('lab:temp') // → 'lab=3Atemp'
 */
export function keyOf(pv: string): string {
  return escapedBytes(checkedName(pv, 'keyOf'), KEY_BYTE)
}

/**
 * The PV of a key, the other way round; undefined for a key that no PV has.
 *
 * @hidden
 */
export function pvOfKey(key: string): string | undefined {
  if (!/^(?:[A-Za-z0-9_\-/]|=[0-9A-F]{2})+$/.test(key)) return undefined
  try {
    const name = unescaped(
      key,
      () => new BrokerError('it is not UTF-8', { code: 'ERR_NATS_ARGUMENT', op: 'pvOfKey' }),
    )
    return keyOf(name) === key ? name : undefined
  } catch {
    return undefined // not UTF-8
  }
}
