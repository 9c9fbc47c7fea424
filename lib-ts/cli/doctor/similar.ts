// Names that look like the one that was not found.

const SHOWN = 5
const MOST_EDITS = 2

/** The names that are most like it, best first: case, a field behind, up to two letters, another prefix. */
export function similarNames(name: string, names: Iterable<string>): string[] {
  const ranked = new Map<string, number>()
  for (const candidate of names) {
    const rank = candidate === name ? undefined : rankOf(name, candidate)
    if (rank !== undefined) ranked.set(candidate, rank)
  }
  return [...ranked]
    .sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
    .slice(0, SHOWN)
    .map(([candidate]) => candidate)
}

function rankOf(name: string, candidate: string): number | undefined {
  const [a, b] = [name.toLowerCase(), candidate.toLowerCase()]
  if (a === b) return 0
  if (withoutField(a) === withoutField(b)) return 1
  const edits = editsUpTo(a, b, MOST_EDITS)
  if (edits !== undefined && edits < Math.max(a.length, b.length) / 2) return 1 + edits
  return lastPart(a) !== a && lastPart(a) === lastPart(b) ? 4 : undefined
}

function withoutField(name: string): string {
  return name.replace(/\.[a-z0-9]{1,8}$/, '')
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1)
}

/** Letters put in, left out, exchanged, or swapped with their neighbour; undefined when there are more than `most`. */
export function editsUpTo(a: string, b: string, most: number): number | undefined {
  if (Math.abs(a.length - b.length) > most) return undefined
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(
          (last[j] ?? Infinity) + 1,
          (row[j - 1] ?? Infinity) + 1,
          (last[j - 1] ?? Infinity) + (a[i - 1] === b[j - 1] ? 0 : 1),
          swapped ? (beforeLast[j - 2] ?? Infinity) + 1 : Infinity,
        ),
      )
    }
    if (Math.min(...row) > most) return undefined
    beforeLast = last
    last = row
  }
  const edits = last[b.length] ?? Infinity
  return edits > most ? undefined : edits
}
