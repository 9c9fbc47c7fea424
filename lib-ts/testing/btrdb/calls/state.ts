import type { ArrowPages } from '../arrow.js'
import type { Columns } from '../store/chunk.js'
import { Database } from '../store/database.js'
import { PlatformStore } from '../store/platform-store.js'

/** How a server behaves. */
export interface Behaviour {
  readonly version: readonly [major: number, minor: number]
  /** Points, windows or rows of one answer. */
  readonly page: number
  /** Points of one insert at most. */
  readonly insertLimit: number
  readonly proxies: readonly string[]
}

export type Listener = (points: Columns) => void

/** What all calls work on. */
export class State {
  readonly database = new Database()
  readonly platform = new PlatformStore()
  readonly behaviour: Behaviour
  /** Where there is Arrow. */
  readonly arrow: ArrowPages | undefined
  readonly #listeners = new Map<string, Set<Listener>>()

  constructor(behaviour: Behaviour, arrow: ArrowPages | undefined) {
    this.behaviour = behaviour
    this.arrow = arrow
  }

  now(): bigint {
    return BigInt(Date.now()) * 1_000_000n
  }

  listen(uuid: string, listener: Listener): void {
    const all = this.#listeners.get(uuid) ?? new Set()
    this.#listeners.set(uuid, all.add(listener))
  }

  ignore(uuid: string, listener: Listener): void {
    const all = this.#listeners.get(uuid)
    all?.delete(listener)
    if (all?.size === 0) this.#listeners.delete(uuid)
  }

  written(uuid: string, points: Columns): void {
    for (const listener of this.#listeners.get(uuid) ?? []) listener(points)
  }

  clear(): void {
    this.database.clear()
    this.platform.clear()
  }
}

/** Cuts a list into answers; an empty one is one answer. */
export function* paged<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at === 0 || at < list.length; at += size) yield list.slice(at, at + size)
}
