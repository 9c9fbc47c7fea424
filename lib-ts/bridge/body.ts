import type { IncomingMessage } from 'node:http'
import { BridgeError } from '../pvws/index.js'

/**
 * The JSON in the body of a request.
 *
 * @throws BridgeError for another kind of body, one that is too large, and what is not JSON
 */
export async function jsonBody(req: IncomingMessage, most: number): Promise<unknown> {
  const type = (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new BridgeError('ERR_BRIDGE_MEDIA', 'the body is application/json')
  const parts: Buffer[] = []
  let size = 0
  for await (const part of req as AsyncIterable<Buffer>) {
    size += part.length
    if (size > most) throw new BridgeError('ERR_BRIDGE_TOO_LARGE', `a body has at most ${most} bytes`)
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString()) as unknown
  } catch {
    throw new BridgeError('ERR_BRIDGE_MESSAGE', 'the body is not JSON')
  }
}
