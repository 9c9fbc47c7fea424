import type { Layout } from '../types/layout.js'
import type { Marks } from './marks.js'

/** What all accessors of a value use; frozen values and MutableValue implement them differently. */
export const LAYOUT = Symbol('layout')
export const MARKS = Symbol('marks')
export const FIELD = Symbol('field')

/** The inside of a value: enough to read it. base.ts adds what users see. */
export abstract class ValueCore {
  abstract get [LAYOUT](): Layout
  abstract get [MARKS](): Marks
  /** The field of that number as it reads; the value itself for 0. */
  abstract [FIELD](index: number): unknown
}
