import { DecodePlan, decodeType, type Reader } from '../data/index.js'

/** The types that the addon has named by number, each with the plan that decodes its values. */
export class TypeTable {
  #plans = new Map<number, DecodePlan>()
  #before = new Map<number, DecodePlan>()

  /** @param forget the addon has started a new numbering: types named before the last one are not used any more */
  define(id: number, reader: Reader, forget: boolean): void {
    if (forget) {
      this.#before = this.#plans
      this.#plans = new Map()
    }
    const type = decodeType(reader)
    if (type === null) throw new Error(`the type ${id} is null`)
    this.#plans.set(id, DecodePlan.of(type))
  }

  plan(id: number): DecodePlan {
    const plan = this.#plans.get(id) ?? this.#before.get(id)
    // A Type record precedes every record that names it; without it nothing can be read.
    if (plan === undefined) throw new Error(`the type ${id} was never announced`)
    return plan
  }
}
