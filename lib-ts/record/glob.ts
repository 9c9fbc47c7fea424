/**
 * Whether text matches a glob: `*` is any text, `?` any one character. Two indices and no regular expression, so that no
 * pattern takes longer than the product of both lengths.
 */
export function globMatch(glob: string, text: string): boolean {
  const pattern = Array.from(glob)
  const given = Array.from(text)
  let p = 0
  let t = 0
  let star = -1
  let after = 0
  while (t < given.length) {
    if (pattern[p] === '*') {
      star = p++
      after = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === given[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++after
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
