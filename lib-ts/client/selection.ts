import type { TypeDef } from '../data/index.js'
import { quote } from '../input/index.js'
import { NoFieldError } from '../errors.js'
import { log } from '../log.js'
import { type PvRequest, requestFrom } from './request.js'

/** Which fields were asked for. */
export interface Selection {
  readonly fields?: readonly string[] | undefined
  readonly request?: string | PvRequest | undefined
}

// What was checked already: a get of fields is as fast as one of all.
const checked = new WeakMap<TypeDef, Set<string>>()
const MANY = 1_000

/**
 * Looks for the fields that were asked for in the type that the server has: PVAccess ignores names that are not there, and a
 * misspelt one would read as a default. A request, for which PVAccess allows that, is told to the log only.
 *
 * @throws NoFieldError for one of `fields`
 */
export function checkSelection(
  { fields, request }: Selection,
  type: TypeDef,
  { op, pv }: { readonly op: string; readonly pv: string },
): void {
  if ((fields === undefined && request === undefined) || type.code !== 'struct') return
  let known = checked.get(type)
  if (known === undefined) checked.set(type, (known = new Set()))
  const key = `${pv} ${fields?.join(',') ?? ''} ${String(request ?? '')}`
  if (known.has(key)) return
  for (const path of fields ?? []) {
    const missing = missingIn(type, path)
    if (missing === undefined) continue
    const text = `${op}: PV ${quote(pv)} has no field ${quote(path)}: ${missing.text}`
    throw new NoFieldError(text, { op, pv, path, fields: missing.fields })
  }
  for (const path of request === undefined ? [] : requestFrom(request, undefined).paths) {
    const missing = missingIn(type, path)
    if (missing === undefined) continue
    const text = `${op}: PV ${quote(pv)} has no field ${quote(path)}, which its request names: ${missing.text}`
    log('warning', 'node-pvxs.client', text)
  }
  if (known.size >= MANY) known.clear()
  known.add(key)
}

interface Missing {
  readonly fields: readonly string[]
  readonly text: string
}

function missingIn(type: TypeDef, path: string): Missing | undefined {
  let at = type
  for (const name of path.split('.')) {
    if (/\[\]|any|union/.test(at.code)) return undefined // each value decides
    const member = at.members.find((candidate) => candidate.name === name)
    if (member === undefined) {
      const fields = at.members.map((candidate) => candidate.name)
      const like = fields.find((candidate) => candidate.toLowerCase() === name.toLowerCase())
      const meant = like === undefined ? '' : `; did you mean ${quote(like)}?`
      const there = fields.length === 0 ? 'there is nothing below' : `there are ${fields.join(', ')}`
      return { fields, text: `${there}${meant}` }
    }
    at = member.type
  }
  return undefined
}
