import { DecodePlan, decodeType, type Reader } from '../data/index.js'

/** The types that the addon has named by number, each with the plan that decodes its values. */
export class Types {
  readonly #plans: (DecodePlan | undefined)[] = []

  define(id: number, reader: Reader): void {
    const type = decodeType(reader)
    if (type === null) throw new Error(`the type ${id} is null`)
    this.#plans[id] = DecodePlan.of(type)
  }

  plan(id: number): DecodePlan {
    const plan = this.#plans[id]
    // A Type record precedes every record that names it; without it nothing can be read.
    if (plan === undefined) throw new Error(`the type ${id} was never announced`)
    return plan
  }
}
