// What is sent in version 1, by sockets, event streams and single answers alike.
import { Buffer } from 'node:buffer'
import { PvaError } from '../errors.js'
import type { Value } from '../index.js'
import { encodeUpdate1, withoutMarkup, type Update1 } from '../pvws/index.js'

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

/** The update for a value that has just come, or for the field at `path` in it. */
export function updateOf(value: Value, path: string): Update1 {
  return encodeUpdate1(value, path, base64, Date.now())
}

/** An error as a message: its code, its text without markup, and the PV as it was asked for. */
export function errorMessage(error: unknown, pv: unknown): string {
  const code = error instanceof PvaError ? error.code : 'ERR_PVA'
  const message = withoutMarkup(error instanceof Error ? error.message : String(error))
  return JSON.stringify({ type: 'error', code, message, ...(typeof pv === 'string' && { pv }) })
}
