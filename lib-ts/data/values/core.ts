import type { AValue, VALUE } from '../types/infer.js'
import type { Layout } from '../types/layout.js'
import type { Marks } from './marks.js'

/** What all accessors of a value use; frozen values and MutableValue implement them differently. */
export const LAYOUT = Symbol('layout')
export const MARKS = Symbol('marks')
export const FIELD = Symbol('field')
export const READ = Symbol('read')

/** The inside of a value: enough to read it. base.ts adds what users see. */
export abstract class ValueCore implements AValue {
  declare readonly [VALUE]: true // for the compiler alone
  abstract get [LAYOUT](): Layout
  abstract get [MARKS](): Marks
  /** The field of that number, to be looked at only; the value itself for 0. */
  abstract [FIELD](index: number): unknown

  /** The same for the user, who may write to what a mutable value gives out. */
  [READ](index: number): unknown {
    return this[FIELD](index)
  }
}
