// A line of bash up to the cursor: its words, and how a completion of the last one is written there.

export interface ShellLine {
  /** Without their quotes; the last one is being typed. */
  readonly words: readonly string[]
  /** The quote that the last word stands in, or ''. */
  readonly quote: string
}

/** Splits a line as a shell would. Of several commands in the line, the last one. */
export function shellLine(line: string): ShellLine {
  let words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const c = line[at] ?? ''
    if (quote !== '') {
      if (c === quote) quote = ''
      else if (c === '\\' && quote === '"' && /["\\$`]/.test(line[at + 1] ?? ''))
        word = (word ?? '') + (line[++at] ?? '')
      else word = (word ?? '') + c
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (c === '\\') word = (word ?? '') + (line[++at] ?? '')
    else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (/[;|&(]/.test(c)) {
      words = []
      word = undefined
    } else word = (word ?? '') + c
  }
  return { words: [...words, word ?? ''], quote }
}

/**
 * What bash is to be given for a word: it replaces only what stands behind the last of its word breaks, such as a colon,
 * and takes the text as it would be typed.
 */
export function bashReply(
  candidate: string,
  { words, quote }: ShellLine,
  breaks: string,
): string | undefined {
  if (quote !== '') return candidate.includes(quote) ? undefined : candidate
  const current = words.at(-1) ?? ''
  const cut = Math.max(0, ...Array.from(breaks, (c) => current.lastIndexOf(c) + 1))
  const rest = candidate.slice(cut)
  return rest.replace(/[^\p{L}\p{N}_:.,/@%+=^-]/gu, '\\$&')
}
