import { parse } from 'lossless-json'
import type { Answer } from './exchange.js'
import { MsgpackReader } from './msgpack.js'

const LONGEST = 2000

/** What a server says in an answer that is an error: in a header, as JSON, as MessagePack, or as plain text. */
export function serverText(answer: Answer, body: Buffer): string {
  const header = answer.header('x-influxdb-error')
  const text = header ?? (errorIn(answer, body) || `status ${answer.status}`)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** The document of an error; undefined when the body is none. */
export function jsonOf(answer: Answer, body: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (!(answer.header('content-type') ?? '').startsWith('application/json')) return undefined
  try {
    // Numbers are of no account here, texts are.
    const document: unknown = parse(body.toString('utf8'), undefined, Number)
    return typeof document === 'object' && document !== null
      ? (document as Record<string, unknown>)
      : undefined
  } catch {
    return undefined // cut off, or not what it says; the text itself is shown then
  }
}

function errorIn(answer: Answer, body: Buffer): string {
  const document = jsonOf(answer, body)
  const said = document?.['error'] ?? document?.['message']
  if (typeof said === 'string') return said
  if ((answer.header('content-type') ?? '').startsWith('application/x-msgpack')) {
    try {
      const reader = new MsgpackReader()
      reader.push(body)
      const map = reader.value()
      const error = map instanceof Map ? (map.get('error') as unknown) : undefined
      if (typeof error === 'string') return error
    } catch {
      return '' // not whole: the status says what there is to say
    }
  }
  const plain = body
    .toString('utf8')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ')
    .trim()
  return plain.startsWith('<') ? `status ${answer.status} with a page of HTML` : plain
}
