import { isLarge1, type Update1 } from '../pvws/index.js'
import { timeStamp, type MutableValue } from '../index.js'
import type { Feed, Listener } from './feed.js'
import { updateOf } from './text1.js'

/** A PV that lives in the bridge. */
export class LocalFeed implements Feed {
  readonly name: string
  readonly connected = true
  readonly large: boolean
  protected readonly value: MutableValue
  readonly #listeners = new Set<Listener>()
  #encoded: Update1 | undefined

  constructor(name: string, value: MutableValue) {
    this.name = name
    this.value = value
    this.large = isLarge1(value, '')
  }

  get severity(): number {
    return Number(this.value['alarm.severity'] ?? 0)
  }

  get update1(): Update1 {
    return (this.#encoded ??= updateOf(this.value, ''))
  }

  /** Whether anything listens. */
  protected get used(): boolean {
    return this.#listeners.size > 0
  }

  add(listener: Listener): void {
    this.#listeners.add(listener)
    listener.changed()
  }

  delete(listener: Listener): void {
    this.#listeners.delete(listener)
  }

  /** Changes the value, and tells who listens. */
  assign(fields: object): void {
    this.value.$assign({ ...fields, timeStamp: timeStamp(new Date()) } as never)
    this.#encoded = undefined
    for (const listener of this.#listeners) listener.changed()
  }
}
