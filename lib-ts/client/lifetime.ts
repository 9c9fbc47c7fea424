import { log } from '../log.js'
import { releasedByHand, whenForgotten } from '../native/index.js'

const owners = new WeakMap<object, object>()

/**
 * Keeps `owner` from being collected as long as `child` is there: a Context that is collected is closed, and what it made
 * must go on.
 */
export function keepFor(child: object, owner: object): void {
  owners.set(child, owner)
}

interface Closing {
  close(): Promise<void>
}

/** Closes `inner` when nobody can reach `outer` any more. `inner` must not lead to `outer`. */
export function closeWhenForgotten(outer: object, inner: Closing): void {
  whenForgotten(outer, inner, close)
}

/** Closes `inner` because the user asked for it. */
export function closeByHand(outer: object, inner: Closing): Promise<void> {
  releasedByHand(outer)
  return inner.close()
}

function close(inner: Closing): void {
  inner.close().catch((error: unknown) => {
    log('error', 'node-pvxs.client', `closing what nobody refers to failed: ${String(error)}`)
  })
}
