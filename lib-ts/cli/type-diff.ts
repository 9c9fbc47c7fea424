// What differs between a module that stands and the one that would be written, by PV.
import { escapeLine } from '../input/index.js'

/** The PVs of a module that typeModule wrote, each with the text of its type; undefined for any other text. */
export function pvBlocks(text: string): Map<string, string> | undefined {
  const table = /^export (?:declare )?const pvs(?: =|:) \{\n([^]*?)^\}/m.exec(text)?.[1]
  if (table === undefined) return undefined
  const blocks = new Map<string, string>()
  for (const [, name = '', block = ''] of text.matchAll(
    /^export (?:declare )?const (\w+)(?: =|:) ([^]*?)\n(?=export |$)/gm,
  ))
    blocks.set(name, block.trimEnd())
  const pvs = new Map<string, string>()
  for (const [, quoted = '', name = ''] of table.matchAll(
    /^ {2}(?:readonly )?(.+): (?:typeof )?(\w+),?$/gm,
  )) {
    const pv = nameIn(quoted)
    const block = blocks.get(name)
    if (pv === undefined || block === undefined) return undefined
    pvs.set(pv, block)
  }
  return pvs
}

/** What a key of the table stands for. */
function nameIn(quoted: string): string | undefined {
  const bare = quoted.replace(/^\['(.*)'\]$/, "'$1'")
  if (/^\w+$/.test(bare)) return bare
  if (/^'[^'\\]*'$/.test(bare)) return bare.slice(1, -1)
  try {
    const name: unknown = JSON.parse(bare)
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined
  }
}

/** The differences as text for a terminal; a line for each PV, and what changed below it. */
export function differenceText(old: string, now: string): string {
  const before = pvBlocks(old)
  const after = pvBlocks(now) ?? new Map<string, string>()
  if (before === undefined) return 'it is not a file that types has written\n'
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  const lines = names.flatMap((name) => {
    const [was, is] = [before.get(name), after.get(name)]
    if (was === is) return []
    if (was === undefined) return [`${escapeLine(name)}: not in the file`]
    if (is === undefined) return [`${escapeLine(name)}: in the file, and not asked for`]
    return [`${escapeLine(name)}: changed`, ...changedLines(was.split('\n'), is.split('\n'))]
  })
  if (lines.length === 0) return 'the types are the same, and the text is not\n'
  return lines.map((line) => `${line}\n`).join('')
}

/** `-` for the lines that are gone and `+` for new ones, in order: the longest common part stays. */
function changedLines(was: readonly string[], is: readonly string[]): string[] {
  const lengths = Array.from({ length: was.length + 1 }, () => new Uint32Array(is.length + 1))
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  for (let i = was.length - 1; i >= 0; i--) {
    const row = lengths[i]
    for (let j = is.length - 1; row !== undefined && j >= 0; j--)
      row[j] = was[i] === is[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  }
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < was.length || j < is.length) {
    if (i < was.length && was[i] === is[j]) {
      i++
      j++
    } else if (j >= is.length || (i < was.length && at(i + 1, j) >= at(i, j + 1)))
      lines.push(`  - ${escapeLine((was[i++] ?? '').trim())}`)
    else lines.push(`  + ${escapeLine((is[j++] ?? '').trim())}`)
  }
  return lines
}
