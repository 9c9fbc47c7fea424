// The ways to all sinks: opened together, changed together.
import { join } from 'node:path'
import { Spool, type Sink } from '../telemetry/index.js'
import type { RecordConfig, SinkConfig } from './config/config.js'
import { RecordError } from './errors.js'
import { Lane, type LaneListener } from './lane.js'
import { openSink, type OpenSink } from './open-sink.js'

type Customs = Readonly<Record<string, Sink>>
type Sinks = Readonly<Record<string, SinkConfig>>

/** What is open for a change, and not in use yet. */
export interface LaneChange {
  readonly added: ReadonlyMap<string, Lane>
  readonly replaced: ReadonlyMap<string, OpenSink>
  readonly removed: readonly string[]
  readonly sinks: Sinks
}

/** What a change left undone. */
export interface Leftover {
  readonly name: string
  readonly lost: number
  /** On disk. */
  readonly left: number
}

export class Lanes implements Iterable<Lane> {
  readonly #customs: Customs
  readonly #listener: LaneListener
  readonly #lanes = new Map<string, Lane>()
  #sinks: Sinks = {}

  constructor(customs: Customs, listener: LaneListener) {
    this.#customs = customs
    this.#listener = listener
  }

  [Symbol.iterator](): IterableIterator<Lane> {
    return this.#lanes.values()
  }

  get(name: string): Lane {
    return this.#lanes.get(name) as Lane
  }

  /** Hands over what was taken; a promise when it has to be waited for. */
  flush(): Promise<unknown> | undefined {
    let rooms: Promise<void>[] | undefined
    for (const lane of this) {
      const room = lane.flush()
      if (room !== undefined) (rooms ??= []).push(room)
    }
    return rooms === undefined ? undefined : Promise.all(rooms)
  }

  async delivered(signal: AbortSignal | undefined): Promise<void> {
    await Promise.all([...this].map((lane) => lane.delivered(signal)))
  }

  async reopen(): Promise<void> {
    for (const { opened } of this) await opened.reopen?.()
  }

  /** How many samples are lost. */
  async close(drain: number): Promise<number> {
    const lost = await Promise.all([...this].map((lane) => lane.close(drain)))
    return lost.reduce((sum, one) => sum + one, 0)
  }

  /**
   * Opens what a configuration needs that is not open yet.
   *
   * @throws RecordError for what can never work; all that was opened is closed again
   */
  async prepare(config: RecordConfig): Promise<LaneChange> {
    const { sinks } = config
    const added = new Map<string, Lane>()
    const replaced = new Map<string, OpenSink>()
    const removed = [...this.#lanes.keys()].filter((name) => !Object.hasOwn(sinks, name))
    const change = { added, replaced, removed, sinks }
    try {
      for (const [name, sink] of Object.entries(sinks)) {
        const before = Object.hasOwn(this.#sinks, name) ? this.#sinks[name] : undefined
        if (before !== undefined && optionsOf(before) === optionsOf(sink)) continue
        const opened = await openSink(name, sink, this.#customs)
        if (before === undefined) added.set(name, await this.#lane(name, opened, config))
        else replaced.set(name, opened)
      }
    } catch (error) {
      await this.abandon(change)
      throw error
    }
    return change
  }

  async #lane(name: string, opened: OpenSink, { sinks, spool }: RecordConfig): Promise<Lane> {
    try {
      const there = spool === undefined ? undefined : await openSpool(name, spool)
      return new Lane(name, opened, sinks[name]?.batch ?? {}, there, this.#listener)
    } catch (error) {
      await opened.sink.close()
      throw error
    }
  }

  /** Closes what was opened for a change that does not take place. */
  async abandon({ added, replaced }: LaneChange): Promise<void> {
    await Promise.all([...added.values()].map((lane) => lane.close(0)))
    await Promise.all([...replaced.values()].map(({ sink }) => sink.close()))
  }

  /** New lanes can be used from now on. */
  add({ added }: LaneChange): void {
    for (const [name, lane] of added) this.#lanes.set(name, lane)
  }

  /** They cannot, after all. */
  takeBack({ added }: LaneChange): void {
    for (const name of added.keys()) this.#lanes.delete(name)
  }

  /** Changes the rest, once the PVs go to their new sinks; sinks that go away have `drain` ms. */
  async settle(
    { replaced, removed, sinks }: LaneChange,
    spool: RecordConfig['spool'],
    drain: number,
  ): Promise<Leftover[]> {
    const gone = removed.map((name) => [name, this.get(name)] as const)
    for (const name of removed) this.#lanes.delete(name)
    for (const [name, lane] of this.#lanes) {
      const { maxBytes, sync } = spool ?? {}
      lane.change(sinks[name]?.batch ?? {}, { maxBytes, sync })
    }
    this.#sinks = sinks
    const leaving = gone.map(async ([name, lane]) => ({ name, ...(await lane.remove(drain)) }))
    const replacing = [...replaced].map(([name, opened]) => this.get(name).replace(opened, drain))
    const [left] = await Promise.all([Promise.all(leaving), Promise.all(replacing)])
    return left.filter(({ lost, left }) => lost + left > 0)
  }
}

/** What a sink is opened with. */
function optionsOf({ pvs: _, batch: __, ...options }: SinkConfig): string {
  return JSON.stringify(options)
}

async function openSpool(name: string, spool: NonNullable<RecordConfig['spool']>): Promise<Spool> {
  const { dir, maxBytes, sync } = spool
  try {
    return await Spool.open(join(dir, name), { maxBytes, sync })
  } catch (cause) {
    throw new RecordError(`sink ${JSON.stringify(name)}: ${(cause as Error).message}`, {
      code: 'ERR_RECORD_START',
      sink: name,
      cause,
    })
  }
}
