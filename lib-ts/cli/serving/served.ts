// One PV that is served: made from its definition, clamped and alarmed as a record is.
import type { PutOperation, SharedPV, TypeBuilder, Value } from '../../index.js'
import type { Core } from '../context.js'
import { UsageError } from '../declare.js'
import type { Definition, Words } from '../definitions.js'
import { fits, kindOfSim, simOf, simulation, type Simulation } from '../simulate.js'
import { firstValue } from './first-value.js'
import { isNumber, type Kind } from './kinds.js'

/** What a put did. */
export interface Change {
  readonly name: string
  readonly old: unknown
  readonly new: unknown
  readonly account: string
  readonly peer: string
}

export type Changed = (change: Change) => void

/** What holds for all definitions that do not say. */
export interface Defaults {
  readonly sim: string | undefined
  readonly rate: number | undefined
  readonly period: number | undefined
}

const DEFAULT_RATE = 10 // Hz

export type AnyPv = SharedPV

/** A PV, and what makes it move. */
export interface Served {
  readonly name: string
  readonly kind: Kind
  readonly pv: AnyPv
  readonly isMailbox: boolean
  /** Posts what it had before. */
  readonly restore: (fields: Readonly<Record<string, unknown>>) => void
  /** Steps per second of a simulated one. */
  readonly rate?: number
  /** Posts the value of that step. */
  readonly step?: (t: number, step: number) => void
}

/**
 * Makes the PV of a definition.
 *
 * @throws UsageError when its words do not fit its type
 */
export function servedPv(core: Core, definition: Definition, defaults: Defaults, changed: Changed): Served {
  const { name, words, where } = definition
  const simName = words.sim ?? (suits(defaults.sim, definition) ? defaults.sim : undefined)
  const sim = simName === undefined ? undefined : simOf(simName, where)
  const kind = definition.kind ?? (sim === undefined ? { kind: 'scalar', code: 'float64' } : kindOfSim(sim))
  checkWords(kind, words, where)
  const timing = {
    ...words,
    ...optional('period', words.period ?? defaults.period),
  }
  const isMailbox = sim === undefined && words.readonly !== true
  const pv = openPv(core, { name, kind, words, where, text: definition.text, sim, changed })
  const restore = (fields: Readonly<Record<string, unknown>>): void =>
    void pv.post(restored(pv, fields) as never)
  if (sim === undefined) return { name, kind, pv, isMailbox, restore }
  const next = simulation(sim, kind, timing, where)
  const step = stepOf(core, pv, kind, words, next)
  step(0, 0)
  return { name, kind, pv, isMailbox, restore, rate: words.rate ?? defaults.rate ?? DEFAULT_RATE, step }
}

function suits(sim: string | undefined, { kind, text }: Definition): boolean {
  if (sim === undefined || text !== undefined) return false
  return kind === undefined || fits(simOf(sim, '--sim'), kind)
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: T })
}

const LIMITS = ['drvl', 'drvh', 'lolo', 'low', 'high', 'hihi'] as const
const RANGE = ['prec', 'lopr', 'hopr'] as const

function checkWords(kind: Kind, words: Words, where: string): void {
  const scalar = hasAlarms(kind)
  const no = (key: string, whose: string): UsageError =>
    new UsageError(`${where}: ${key} is a word of ${whose}`)
  for (const key of LIMITS) if (words[key] !== undefined && !scalar) throw no(key, 'single numbers')
  for (const key of RANGE) if (words[key] !== undefined && !isNumber(kind)) throw no(key, 'numbers')
  if (words.egu !== undefined && kind.kind !== 'scalar' && kind.kind !== 'array')
    throw no('egu', 'scalars and arrays')
  if (words.size !== undefined && kind.kind !== 'array') throw no('size', 'arrays with sim=wave')
  inOrder(words, ['drvl', 'drvh'], where)
  inOrder(words, ['lolo', 'low', 'high', 'hihi'], where)
}

function inOrder(words: Words, keys: readonly (keyof Words)[], where: string): void {
  const given = keys.filter((key) => words[key] !== undefined)
  given.slice(1).forEach((key, k) => {
    const before = given[k] ?? key
    if (Number(words[key]) < Number(words[before]))
      throw new UsageError(
        `${where}: ${key}=${String(words[key])} is below ${before}=${String(words[before])}`,
      )
  })
}

function emptyOf(kind: Kind): unknown {
  return kind.kind === 'enum' ? { index: 0, choices: kind.choices } : undefined
}

interface Parts {
  readonly name: string
  readonly kind: Kind
  readonly words: Words
  readonly where: string
  readonly text: string | undefined
  readonly sim: string | undefined
  readonly changed: Changed
}

function openPv(core: Core, parts: Parts): AnyPv {
  const { name, kind, words, where, text, sim, changed } = parts
  const { NTEnum, NTNDArray, NTScalar, NTTable, RemoteError, SharedPV } = core
  const type = ((): TypeBuilder => {
    switch (kind.kind) {
      case 'enum':
        return new NTEnum({ display: true })
      case 'table':
        return new NTTable(kind.columns as never)
      case 'image':
        return new NTNDArray()
      default: {
        const all = { display: true, form: true, control: true, valueAlarm: true }
        return new NTScalar(kind.kind === 'array' ? `${kind.code}[]` : kind.code, all)
      }
    }
  })()
  const refusal =
    sim !== undefined ? 'its value is simulated' : words.readonly === true ? 'it is read-only' : undefined
  const pv: AnyPv = new SharedPV({
    type,
    alarms: hasAlarms(kind),
    onPut: (op: PutOperation) => {
      if (refusal !== undefined) throw new RemoteError(`${refusal}: no put is taken`)
      take(core, name, pv, words, op, changed)
    },
  })
  try {
    const value = text === undefined ? emptyOf(kind) : firstValue(kind, type.build(), text, where)
    const initial: object =
      kind.kind === 'image' && text === undefined
        ? NTNDArray.wrap(new Uint8Array(kind.width * kind.height), { shape: [kind.height, kind.width] })
        : { ...(value !== undefined && { value }), ...describing(kind, words) }
    return pv.open(initial as never)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${where}: ${(error as Error).message.replace(/^(open|post|SharedPV)[^:]*: /, '')}`)
  }
}

/** Whether it is a single number, which may have limits. */
function hasAlarms(kind: Kind): boolean {
  return kind.kind === 'scalar' && isNumber(kind)
}

/** The fields that a record's words fill. */
function describing(kind: Kind, words: Words): object {
  const { egu, desc, prec, lopr, hopr, drvl, drvh, lolo, low, high, hihi } = words
  if (kind.kind === 'enum') return desc === undefined ? {} : { display: { description: desc } }
  if (kind.kind === 'table') return desc === undefined ? {} : { descriptor: desc }
  if (kind.kind === 'image') return {}
  const text = { ...optional('units', egu), ...optional('description', desc) }
  if (!isNumber(kind)) return { display: text }
  const display = {
    ...text,
    ...optional('limitLow', lopr ?? drvl),
    ...optional('limitHigh', hopr ?? drvh),
    ...optional('precision', prec),
  }
  const [MINOR, MAJOR] = [1, 2]
  const valueAlarm = {
    ...(lolo !== undefined && { lowAlarmLimit: lolo, lowAlarmSeverity: MAJOR }),
    ...(low !== undefined && { lowWarningLimit: low, lowWarningSeverity: MINOR }),
    ...(high !== undefined && { highWarningLimit: high, highWarningSeverity: MINOR }),
    ...(hihi !== undefined && { highAlarmLimit: hihi, highAlarmSeverity: MAJOR }),
    active: [lolo, low, high, hihi].some((limit) => limit !== undefined),
  }
  return { display, control: { ...optional('limitLow', drvl), ...optional('limitHigh', drvh) }, valueAlarm }
}

/** Takes a put: clamps it, sets the alarm, posts it, tells of it. */
function take(
  { PvaError, RemoteError }: Core,
  name: string,
  pv: AnyPv,
  words: Words,
  { value, account, peer }: PutOperation,
  changed: Changed,
): void {
  const before = pv.current()
  const change = value.$clone()
  try {
    const wanted: unknown = change.$isChanged('value') ? change.$get('value') : undefined
    const kept = withinDrive(wanted, words)
    if (kept !== wanted) change.$assign({ value: kept })
    pv.post(change as never)
  } catch (error) {
    throw error instanceof PvaError ? new RemoteError(error.message, { cause: error }) : error
  }
  changed({ name, old: contentOf(before), new: contentOf(pv.current()), account, peer })
}

/** A value as the limits of a drive have it, where there are any. */
function withinDrive(value: unknown, { drvl, drvh }: Words): unknown {
  if (typeof value !== 'number' && typeof value !== 'bigint') return value
  if (drvl !== undefined && value < drvl) return drvl
  return drvh !== undefined && value > drvh ? drvh : value
}

/** What a PV had before; its alarm by the limits that it has now, where it has any. */
function restored(pv: AnyPv, { alarm, ...fields }: Readonly<Record<string, unknown>>): Value {
  const now = pv.current()
  const limited = now.$has('valueAlarm.active') && now.$get('valueAlarm.active') === true
  const kept = limited || alarm === undefined ? fields : { ...fields, alarm }
  return now.$clone().$unmark().$assign(kept)
}

/** A value's own content, as JSON has it; an enum's label. */
export function contentOf(value: Value): unknown {
  const content = value.toJSON()['value']
  const { index, choices } = (content ?? {}) as { index?: number; choices?: readonly string[] }
  return index === undefined || choices === undefined ? content : (choices[index] ?? index)
}

function stepOf(
  { NTNDArray }: Core,
  pv: AnyPv,
  kind: Kind,
  words: Words,
  next: Simulation,
): (t: number, step: number) => void {
  return (t, step) => {
    const value = next(t, step)
    if (kind.kind === 'image') {
      const shape = [kind.height, kind.width]
      pv.post(NTNDArray.wrap(value as Uint8Array, { shape, uniqueId: step }) as never)
      return
    }
    if (kind.kind === 'enum') {
      pv.post({ 'value.index': value } as never)
      return
    }
    pv.post({ value: withinDrive(value, words) } as never)
  }
}
