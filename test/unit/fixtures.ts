import { afterAll, expect } from 'vitest'
import { Context, debug, NTScalar, SharedPV, type ContextOptions, type ValueOf } from 'node-pvxs'

export { loopback } from 'node-pvxs/testing'

/** The type that serves where it does not matter which. */
export const Int32 = new NTScalar('int32')
export const int32 = (value = 0): SharedPV<ValueOf<typeof Int32>> => SharedPV.mailbox(Int32, { value })

/** A PV that is open while it has clients, and notes its hooks. */
export function openWhileUsed(value: number): { pv: SharedPV; hooks: readonly string[] } {
  const hooks: string[] = []
  const pv = new SharedPV({
    type: Int32,
    onFirstConnect: (self) => {
      hooks.push('first')
      self.open({ value })
    },
    onLastDisconnect: (self) => {
      hooks.push(`last at ${self.current().value}`)
      self.close()
    },
    onPut: (op) => {
      hooks.push(`put ${op.value.value} on ${op.fetchCurrent().value}`)
      return op.value
    },
  })
  return { pv, hooks }
}

/** A client that reaches nobody: it searches a port where nobody listens. */
export function alone(options: ContextOptions = {}): Context {
  return new Context({
    useEnv: false,
    addressList: ['127.0.0.1'],
    autoAddressList: false,
    interfaces: ['127.0.0.1'],
    broadcastPort: 9, // discard: nothing answers there
    ...options,
  })
}

/** A promise and what settles it. */
export function deferred<T = void>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (reason: unknown) => void
} {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((res, rej) => {
    resolve = res
    reject = rej
  })
  return { promise, resolve, reject }
}

/** The first `n` items; leaves the loop then. */
export async function take<T>(items: AsyncIterable<T>, n: number): Promise<T[]> {
  const taken: T[] = []
  if (n === 0) return taken
  for await (const item of items) {
    taken.push(item)
    if (taken.length === n) break
  }
  return taken
}

/** Everything until the iteration ends. */
export async function drain<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return promise.then(
    (value) => {
      throw new Error(`resolved with ${String(value)} instead of rejecting`)
    },
    (error: unknown) => error as Error & Record<string, unknown>,
  )
}

export function thrown(work: () => unknown): Error & Record<string, unknown> {
  try {
    work()
  } catch (error) {
    return error as Error & Record<string, unknown>
  }
  throw new Error('returned instead of throwing')
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** How long an event may take, in ms: far more than on any busy machine, so that it is only ever what is stuck. */
const PATIENCE = 30_000

/** Waits until `done` holds, looking each turn; fails with `what` after `limit` ms. */
export async function until(done: () => boolean, what: string, limit = PATIENCE): Promise<void> {
  const end = performance.now() + limit
  while (!done()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${limit} ms`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** Collects garbage until `done` holds. */
export async function collected(done: () => boolean, what: string, limit = PATIENCE): Promise<void> {
  const { gc } = globalThis as { gc?: () => void }
  if (gc === undefined) throw new Error('run with --expose-gc')
  const end = performance.now() + limit
  while (!done()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${limit} ms`)
    // In this order: what `done` looks at through a WeakRef lives until the end of its turn.
    await new Promise((resolve) => setTimeout(resolve, 5))
    gc()
  }
}

/**
 * Does some work in two halves, and fails when the memory of the process grows with it: what the first half has left,
 * caches and slack of the allocator among it, the second must not leave once more.
 *
 * `slack`, in bytes: what the measure varies by. A leak of more than twice that in a half is found.
 */
export async function levelsOff(
  what: 'rss' | 'heapUsed',
  half: () => Promise<void>,
  slack: number,
): Promise<void> {
  const { gc } = globalThis as { gc?: () => void }
  if (gc === undefined) throw new Error('run with --expose-gc')
  const sizes: number[] = []
  for (const work of [undefined, half, half]) {
    await work?.()
    // More than once: what is finalized lets go of more, in a turn of its own.
    for (let k = 0; k < 4; k++) {
      gc()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    sizes.push(process.memoryUsage()[what])
  }
  const [before = 0, middle = 0, after = 0] = sizes
  // Sanitizers keep what was freed.
  if (process.env['NODE_PVXS_SANITIZED'] === '1') return
  expect(after - middle, `in bytes; the first half left ${middle - before}`).toBeLessThan(
    Math.max(0, middle - before) / 2 + slack,
  )
}

function left(): string {
  return JSON.stringify(Object.entries(debug.counts()).filter(([, count]) => count > 0))
}

/** To be called at the top of a file: fails it when native objects are left after its tests. */
export function leavesNothing(): void {
  afterAll(async () => {
    await collected(() => left() === '[]', 'native objects are left').catch(() => undefined)
    expect(left()).toBe('[]')
  })
}
