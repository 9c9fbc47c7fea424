// Lines of a file: all of them one after the other, or some by their place.
import { isUtf8 } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'

/** Where a line stands in its file, in bytes, without the line break. */
export interface Place {
  readonly offset: number
  readonly length: number
}

const CHUNK = 1 << 20
const LINE_FEED = 10
const LONGEST = 1 << 28 // of a line; V8 holds no longer text

/**
 * Calls back for each line, up to the size that the file had at the start. `text` is undefined for what is not UTF-8 text.
 * Empty lines are passed over.
 */
export async function scanLines(
  file: FileHandle,
  signal: AbortSignal | undefined,
  line: (text: string | undefined, place: Place) => void,
): Promise<void> {
  const { size } = await file.stat()
  let parts: Buffer[] = [] // of a line that began in an earlier chunk
  let partsLength = 0
  let start = 0
  const emit = (bytes: Buffer): void => {
    const place = { offset: start, length: bytes.length }
    if (bytes.length === 0 || (bytes.length === 1 && bytes[0] === 13)) return
    line(textOf(bytes, start === 0), place)
  }
  for (let at = 0; at < size;) {
    signal?.throwIfAborted()
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size - at))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) break // cut meanwhile
    const chunk = buffer.subarray(0, bytesRead)
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      const rest = chunk.subarray(from, end)
      emit(parts.length === 0 ? rest : Buffer.concat([...parts, rest]))
      parts = []
      partsLength = 0
      from = end + 1
      start = at + from
    }
    at += bytesRead
    if (from < bytesRead && partsLength < LONGEST) {
      parts.push(chunk.subarray(from))
      partsLength += bytesRead - from
    }
  }
  if (parts.length > 0) emit(Buffer.concat(parts))
}

function textOf(bytes: Buffer, first: boolean): string | undefined {
  if (bytes.length >= LONGEST) return undefined
  const text = bytes.toString()
  // Damage becomes replacement characters, which a text may also hold by itself.
  if (text.includes('\ufffd') && !isUtf8(bytes)) return undefined
  return first && text.startsWith('\ufeff') ? text.slice(1) : text
}

/** Reads lines by their place; neighbours cost one read together. */
export class LineReader {
  readonly #file: FileHandle
  #window = Buffer.alloc(0)
  #start = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** @param backwards whether the next lines are expected before this one */
  async line({ offset, length }: Place, backwards: boolean): Promise<string> {
    if (offset < this.#start || offset + length > this.#start + this.#window.length) {
      const size = Math.max(CHUNK, length)
      this.#start = backwards ? Math.max(0, offset + length - size) : offset
      const buffer = Buffer.allocUnsafe(size)
      const { bytesRead } = await this.#file.read(buffer, 0, size, this.#start)
      this.#window = buffer.subarray(0, bytesRead)
    }
    const from = offset - this.#start
    const text = this.#window.toString('utf8', from, from + length)
    return offset === 0 && text.startsWith('\ufeff') ? text.slice(1) : text
  }
}
