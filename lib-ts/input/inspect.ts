/** The method that util.inspect and console.log ask for, when an object has one. */
export const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** What util.inspect hands to it: itself, for what stands inside. */
export type Inspect = (x: unknown, options: unknown) => string

/** The name of a class and what is worth knowing of an object, as console.log shows plain objects. */
export function shown(name: string, facts: object, options: unknown, inspect: Inspect): string {
  return `${name} ${inspect(facts, options)}`
}
