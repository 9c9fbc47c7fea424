// How many cells of a terminal text takes, and columns aligned by that.

const ASCII = /^[ -~]*$/
const WIDE =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\ufe0f/u
const HALF_WIDE = /^[\uff61-\uff9f\uffa0-\uffdc]/ // katakana and hangul of one cell
const NOTHING = /^[\p{Mark}\u200b-\u200d\ufeff]+$/u

let segmenter: Intl.Segmenter | undefined

/** The cells that text takes: two for a character of East Asia or an emoji, none for a mark that stands alone. */
export function cellsOf(text: string): number {
  if (ASCII.test(text)) return text.length
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' }) // 10 ms, only for those who need it
  let cells = 0
  for (const { segment } of segmenter.segment(text)) {
    if (!NOTHING.test(segment)) cells += WIDE.test(segment) && !HALF_WIDE.test(segment) ? 2 : 1
  }
  return cells
}

export function padEnd(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - cellsOf(text)))
}

function padStart(text: string, cells: number): string {
  return ' '.repeat(Math.max(0, cells - cellsOf(text))) + text
}

/** Rows of cells as lines; columns two blanks apart, those named in `right` aligned right. */
export function aligned(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cellsOf(cell))))
  }
  return rows.map((row) =>
    row
      .map((cell, column) => (right.has(column) ? padStart : padEnd)(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** As much of the text as fits into these cells. */
export function cut(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text
  let kept = ''
  let used = 0
  for (const character of text) {
    used += cellsOf(character)
    if (used > cells - 1) break
    kept += character
  }
  return `${kept}…`
}
