interface Forgotten {
  readonly held: unknown
  readonly release: (held: never) => void
}

const registry = new FinalizationRegistry<Forgotten>(({ held, release }) => {
  release(held as never)
})

/**
 * Calls `release(held)` when nobody can reach `outer` any more, unless {@link releasedByHand} comes first.
 *
 * `held` and `release` must not lead to `outer`, or it would never be collected. That is why `release` is given what it
 * needs: a closure made in a constructor keeps `this` alive when any other closure there uses it.
 */
export function whenForgotten<T>(outer: object, held: T, release: (held: T) => void): void {
  registry.register(outer, { held, release }, outer)
}

/** The owner ended it: nothing is left to release. */
export function releasedByHand(outer: object): void {
  registry.unregister(outer)
}
