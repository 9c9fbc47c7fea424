import type { MutableValue, Value } from './infer.js'
import type { TypeDef } from './typedef.js'

/**
 * What type.ts and value.ts need of mutable.ts, which extends a class of value.ts and so can only load after it.
 * mutable.ts fills this in; whoever imports `data/index.js` has it.
 */
export const bound: {
  create(type: TypeDef, initial: unknown): MutableValue
  clone(value: Value): MutableValue
} = { create: notLoaded, clone: notLoaded }

function notLoaded(): never {
  throw new Error('lib-ts/data was loaded in part: import data/index.js')
}
