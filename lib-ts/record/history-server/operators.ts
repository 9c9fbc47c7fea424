// Operators round the name of a PV, as the Archiver Appliance has them: mean_60(lab:t) is a mean for each minute.
import type { Window } from '../../telemetry/index.js'
import { QueryFault } from './fault.js'

/** How one window becomes one value. */
export type Figure = (window: Window) => number

export type Operator =
  | { readonly kind: 'figure'; readonly seconds: number; readonly figure: Figure }
  | { readonly kind: 'first' | 'last'; readonly seconds: number }
  | { readonly kind: 'nth' | 'optimized'; readonly count: number }

export interface OperatorCall {
  readonly word: string
  readonly operator: Operator | undefined
  readonly pv: string
}

const FIGURES: Readonly<Record<string, Figure>> = {
  mean: ({ mean }) => mean,
  min: ({ min }) => min,
  max: ({ max }) => max,
  count: ({ count }) => count,
  std: ({ stddev = 0 }) => stddev,
}
const PICKS = { firstSample: 'first', lastSample: 'last' } as const
const COUNTED = ['nth', 'optimized'] as const
const WORDS = [...Object.keys(FIGURES), ...Object.keys(PICKS), ...COUNTED]

/** Bins of 15 minutes, as the Archiver Appliance has them, when no number is given. */
const BIN = 900

/** What an operator would be in a name; undefined for a name without one. Its `operator` is absent for an unknown word. */
export function operatorIn(name: string): OperatorCall | undefined {
  const [, word = '', digits, pv = ''] = /^([A-Za-z]+)(?:_(\d+))?\((.+)\)$/s.exec(name) ?? []
  if (word === '') return undefined
  const call = { word, pv: pv.trim() }
  if (!WORDS.includes(word)) return { ...call, operator: undefined }
  return { ...call, operator: operatorOf(word, digits) }
}

function operatorOf(word: string, digits: string | undefined): Operator {
  const count = digits === undefined ? undefined : Number(digits)
  if (count !== undefined && !(count >= 1 && count <= 1_000_000_000))
    throw new QueryFault(`the operator ${word}_${digits}: its number is from 1 to 10^9`)
  const counted = COUNTED.find((one) => one === word)
  if (counted !== undefined) {
    if (count === undefined) throw new QueryFault(`the operator ${word} has a number: ${word}_100(…)`)
    return { kind: counted, count }
  }
  const seconds = count ?? BIN
  if (Object.hasOwn(PICKS, word)) return { kind: PICKS[word as keyof typeof PICKS], seconds }
  return { kind: 'figure', seconds, figure: FIGURES[word] as Figure }
}

export function unknownOperator(word: string, name: string): QueryFault {
  return new QueryFault(`unknown operator ${word} in ${JSON.stringify(name)}: there are ${WORDS.join(', ')}`)
}
