import { parseExact } from '../http/json.js'
import { updateOf, type PiUpdate } from '../update.js'
import type { Member } from './member.js'
import type { Roster } from './roster.js'

type Json = Readonly<Record<string, unknown>>

/** What one message holds. */
export interface Frame {
  readonly body: unknown
  readonly updates: readonly PiUpdate[]
  /** Whose update it is, each in the place of its update. */
  readonly members: readonly Member[]
  /** What is wrong with it or with parts of it, and how often. */
  readonly bad: number
  /** A heartbeat. */
  readonly empty?: boolean
  readonly reason?: string
}

/** What is read so far. */
interface Values {
  readonly updates: PiUpdate[]
  readonly members: Member[]
  /** One of them is an integer that a double may have changed. */
  inexact: boolean
}

/** Reads a message; what is wrong is counted and left out. */
export function readFrame(text: string, roster: Roster): Frame {
  if (text.trim() === '') return { ...NOTHING, body: undefined, bad: 0, empty: true }
  try {
    // Exact numbers cost as much again as all the rest, and nearly no message needs them.
    const { values, ...frame } = framed(JSON.parse(text), roster)
    if (!values.inexact) return { ...frame, updates: values.updates, members: values.members }
    const { values: exact, ...again } = framed(parseExact(text), roster)
    return { ...again, updates: exact.updates, members: exact.members }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const reason = `it is not JSON: ${JSON.stringify(text.slice(0, 100))}`
    return { ...NOTHING, body: text, bad: 1, reason }
  }
}

const NOTHING = { updates: [], members: [] } as const

function framed(
  body: unknown,
  roster: Roster,
): Omit<Frame, 'updates' | 'members'> & { readonly values: Values } {
  const values: Values = { updates: [], members: [], inexact: false }
  const items = (body as Json | null | undefined)?.['Items']
  if (!Array.isArray(items)) return { body, values, bad: 1, reason: 'it has no Items' }
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
function readItem(item: unknown, roster: Roster, values: Values): string | undefined {
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
    else {
      values.updates.push(update)
      values.members.push(member)
      if (isInexact(update.value)) values.inexact = true
    }
  }
  return wrong
}

function isInexact(value: PiUpdate['value']): boolean {
  return typeof value === 'number' && (value > MOST || value < -MOST) && Number.isInteger(value)
}

const MOST = Number.MAX_SAFE_INTEGER

function textOf(x: unknown): string {
  return typeof x === 'string' ? x : ''
}

function isObject(x: unknown): x is Json {
  return typeof x === 'object' && x !== null
}
