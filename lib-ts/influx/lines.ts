const LF = 0x0a
const QUOTE = 0x22
const COMMA = 0x2c
const EQUALS = 0x3d
const SPACE = 0x20
const BACKSLASH = 0x5c
const HASH = 0x23

/** A run of whole lines of line protocol. */
export interface LineRun {
  readonly bytes: Uint8Array
  /** Without empty lines and comments. */
  readonly points: number
}

/**
 * Line protocol in runs of so many points and bytes at most; one line that is longer goes alone. A line break in a text
 * field ends no line, so quotes are followed as the servers do: they count in the fields only, after an equals sign.
 */
export function* lineRuns(bytes: Uint8Array, maxPoints: number, maxBytes: number): Generator<LineRun, void> {
  let start = 0
  let points = 0
  let at = 0
  while (at < bytes.length) {
    const end = lineEnd(bytes, at)
    const counts = isPoint(bytes, at, end) ? 1 : 0
    if (points > 0 && (points + counts > maxPoints || end - start > maxBytes)) {
      yield { bytes: bytes.subarray(start, at), points }
      start = at
      points = 0
    }
    points += counts
    at = end
  }
  if (points > 0) yield { bytes: bytes.subarray(start), points }
}

/** One past the line break that ends the line, or the end of the bytes. */
function lineEnd(bytes: Uint8Array, start: number): number {
  let fields = false
  let quoted = false
  let open = 0 // equals signs without their comma
  for (let i = start; i < bytes.length; i++) {
    switch (bytes[i]) {
      case BACKSLASH:
        // An escaped line break ends the line all the same, outside of quotes.
        if (quoted || bytes[i + 1] !== LF) i++
        break
      case SPACE:
        fields = true
        break
      case EQUALS:
        if (fields && !quoted) open++
        break
      case COMMA:
        if (fields && !quoted) open--
        break
      case QUOTE:
        if (fields && open > 0) quoted = !quoted
        break
      case LF:
        if (!quoted) return i + 1
    }
  }
  return bytes.length
}

function isPoint(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const b = bytes[i] as number
    if (b === HASH) return false
    if (b > SPACE) return true
  }
  return false
}
