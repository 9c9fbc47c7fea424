import type { TypeDef } from '../data/index.js'
import { TypeMismatchError } from '../errors.js'

const SHOWN = 20

const checked = new WeakMap<TypeDef, WeakMap<TypeDef, string>>()

/**
 * Checks that the server's type has all that the `type` option asks for. More fields than that are welcome.
 *
 * @throws TypeMismatchError with the differences
 */
export function matchType(wanted: TypeDef, actual: TypeDef, op: string, pv: string): void {
  let known = checked.get(wanted)
  if (known === undefined) checked.set(wanted, (known = new WeakMap()))
  let difference = known.get(actual)
  if (difference === undefined) known.set(actual, (difference = differenceOf(wanted, actual)))
  if (difference === '') return
  throw new TypeMismatchError(`${op}: PV ${JSON.stringify(pv)} is not of the type asked for\n${difference}`, {
    op,
    pv,
  })
}

function differenceOf(wanted: TypeDef, actual: TypeDef): string {
  const lines: string[] = []
  compare(wanted, actual, '', lines)
  const shown = lines.slice(0, SHOWN)
  if (lines.length > SHOWN) shown.push(`  … and ${lines.length - SHOWN} more`)
  return shown.join('\n')
}

function compare(wanted: TypeDef, actual: TypeDef, path: string, lines: string[]): void {
  const at = path === '' ? 'the value' : path
  if (wanted.code !== actual.code) {
    lines.push(`  ${at}: asked for ${nameOf(wanted)}, the server has ${nameOf(actual)}`)
    return
  }
  const present = new Map(actual.members.map(({ name, type }) => [name, type]))
  for (const { name, type } of wanted.members) {
    const below = path === '' ? name : `${path}.${name}`
    const there = present.get(name)
    if (there === undefined) lines.push(`  ${below}: asked for ${nameOf(type)}, the server has no such field`)
    else compare(type, there, below, lines)
  }
}

export function nameOf({ code, id }: TypeDef): string {
  return id === '' ? code : `${code} ${JSON.stringify(id)}`
}
