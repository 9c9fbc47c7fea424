import { parseExact } from '../http/json.js'
import { updateOf, type PiUpdate } from '../update.js'
import type { Member } from './member.js'
import type { Roster } from './roster.js'

type Json = Readonly<Record<string, unknown>>

/** What one message holds. */
export interface Frame {
  readonly body: unknown
  readonly values: { readonly member: Member; readonly update: PiUpdate }[]
  /** What is wrong with it or with parts of it, and how often. */
  readonly bad: number
  /** A heartbeat. */
  readonly empty?: boolean
  readonly reason?: string
}

/** Reads a message; what is wrong is counted and left out. */
export function readFrame(text: string, roster: Roster): Frame {
  if (text.trim() === '') return { body: undefined, values: [], bad: 0, empty: true }
  let body: unknown
  try {
    body = parseExact(text)
  } catch {
    return { body: text, values: [], bad: 1, reason: `it is not JSON: ${JSON.stringify(text.slice(0, 100))}` }
  }
  const items = (body as Json | null | undefined)?.['Items']
  if (!Array.isArray(items)) return { body, values: [], bad: 1, reason: 'it has no Items' }
  const values: Frame['values'] = []
  let bad = 0
  let reason: string | undefined
  for (const item of items as unknown[]) {
    const wrong = readItem(item, roster, values)
    if (wrong === undefined) continue
    bad++
    reason ??= wrong
  }
  return reason === undefined
    ? { body, values, bad, empty: items.length === 0 }
    : { body, values, bad, reason }
}

/** The values of one stream; gives what is wrong with it, if anything. */
function readItem(item: unknown, roster: Roster, values: Frame['values']): string | undefined {
  if (typeof item !== 'object' || item === null) return 'one of its Items is not an object'
  const { WebId, Path, Name, Items, Value } = item as Json
  const member = roster.find(textOf(WebId), textOf(Path), textOf(Name))
  if (member === undefined) return undefined // it was removed meanwhile
  const timed = Array.isArray(Items) ? (Items as unknown[]) : Value === undefined ? undefined : [Value]
  if (timed === undefined) return 'the Items of a stream are not a list'
  let wrong: string | undefined
  for (const one of timed) {
    const update = isObject(one) ? updateOf(member.stream, one) : undefined
    if (update === undefined || update.time === 0n) wrong ??= 'a value has no Timestamp'
    else values.push({ member, update })
  }
  return wrong
}

function textOf(x: unknown): string {
  return typeof x === 'string' ? x : ''
}

function isObject(x: unknown): x is Json {
  return typeof x === 'object' && x !== null
}
