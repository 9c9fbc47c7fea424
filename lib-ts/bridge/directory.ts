import type { Context } from '../index.js'
import type { History } from '../telemetry/index.js'
import type { Feeds } from './feeds.js'
import type { Who } from './gate.js'
import { matches } from './patterns.js'

/** Whether somebody may read a PV: as a rejection when not. */
type Check = (who: Who, action: 'read', pv: string) => Promise<void> | undefined

interface Sources {
  readonly ctx: Context
  readonly feeds: Feeds
  readonly history: History | undefined
  readonly check: Check
  /** Told of a source that could not be asked. */
  readonly failed: (source: string, error: Error) => void
}

// ms for which the names of servers are known without asking again.
const FRESH = 10_000
// ms for servers to answer a search, and for one to list its names.
const SEARCH = 300
const LIST = 2_000
const MOST_SERVERS = 100

/** The names of PVs that this bridge knows, and those that their servers tell. */
export class Directory {
  readonly #sources: Sources
  #listed: Promise<ReadonlySet<string>> | undefined
  #until = 0

  constructor(sources: Sources) {
    this.#sources = sources
  }

  /** Names that match the glob and that he may read, sorted. */
  async find(who: Who, pattern: string, limit: number, signal: AbortSignal): Promise<string[]> {
    const { feeds, history, check, failed } = this.#sources
    const names = new Set<string>(feeds.list().map(({ name }) => name))
    for (const name of await this.#ofServers()) names.add(name)
    try {
      for await (const { id } of history?.find(pattern, { signal }) ?? []) names.add(id)
    } catch (error) {
      signal.throwIfAborted()
      failed('history', error as Error)
    }
    const found: string[] = []
    for (const name of [...names].sort()) {
      if (found.length >= limit) break
      if (!matches(pattern, name) || !(await mayRead(check, who, name))) continue
      found.push(name)
    }
    signal.throwIfAborted()
    return found
  }

  /** Asked once for all that ask at the same time, and not again for a while. */
  #ofServers(): Promise<ReadonlySet<string>> {
    const now = performance.now()
    if (this.#listed === undefined || now > this.#until) {
      this.#until = now + FRESH
      this.#listed = this.#ask()
    }
    return this.#listed
  }

  async #ask(): Promise<ReadonlySet<string>> {
    const { ctx, feeds, failed } = this.#sources
    const servers = new Set([...feeds.servers(), ...ctx.config.nameServers])
    for await (const { event, server } of ctx.discover({ timeout: SEARCH }))
      if (event === 'online') servers.add(server)
    const names = new Set<string>()
    const list = async (server: string): Promise<void> => {
      try {
        for (const name of await ctx.list(server, { timeout: LIST })) names.add(name)
      } catch (error) {
        failed(server, error as Error) // many servers do not tell their names
      }
    }
    await Promise.all([...servers].slice(0, MOST_SERVERS).map(list))
    return names
  }
}

async function mayRead(check: Check, who: Who, name: string): Promise<boolean> {
  try {
    await check(who, 'read', name)
    return true
  } catch {
    return false // he is not told that there is such a PV
  }
}
