import { randomUUID } from 'node:crypto'
import { isPlainObject, quote } from '../../input/index.js'
import { PiArgumentError } from '../errors.js'

/** A body that is bytes already. */
export class EncodedBody {
  readonly type: string
  readonly bytes: Buffer

  constructor(type: string, bytes: Buffer) {
    this.type = type
    this.bytes = bytes
  }
}

/** A file as the body of a form. */
export function fileBody(given: unknown, op: string): EncodedBody {
  const { data, filename, type = 'application/octet-stream' } = isPlainObject(given) ? given : {}
  if (typeof data !== 'string' && !(data instanceof Uint8Array))
    throw new PiArgumentError(`${op}: the body is { data, filename, type? } with bytes or text as data`)
  if (typeof filename !== 'string' || filename === '' || /[\r\n"]/.test(filename))
    throw new PiArgumentError(
      `${op}: the filename of the body is text without quotes, not ${quote(filename)}`,
    )
  if (typeof type !== 'string' || !/^[\x21-\x7e ]+$/.test(type))
    throw new PiArgumentError(`${op}: the type of the body is a media type, not ${quote(type)}`)
  const boundary = `node-pvxs-${randomUUID()}`
  const head =
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\n` +
    `content-type: ${type}\r\n\r\n`
  return new EncodedBody(
    `multipart/form-data; boundary=${boundary}`,
    Buffer.concat([
      Buffer.from(head),
      Buffer.from(data as Uint8Array),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  )
}
