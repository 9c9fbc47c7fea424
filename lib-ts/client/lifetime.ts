const owners = new WeakMap<object, object>()

/**
 * Keeps `owner` from being collected as long as `child` is there: a Context that is collected is closed, and what it made
 * must go on.
 */
export function keepFor(child: object, owner: object): void {
  owners.set(child, owner)
}
