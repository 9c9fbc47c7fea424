import { quote } from '../input/index.js'
import { warnUser } from '../log.js'
import type { Progress, Timed } from '../native/index.js'
import type { ContextCore } from './context-core.js'
import { searchLines } from './timeouts.js'

/** A monitor that has not been connected yet. */
export interface Unheard {
  readonly pv: string
  progress(): Promise<Progress | undefined>
}

// ms
const PATIENCE = 5_000
const NAMED = 10

/**
 * Says of the monitors of a Context that nothing is heard of their PVs, all in one line, so that a misspelt name is not silent
 * for ever. A PV is told once, and again only after it has been connected.
 */
export class UnheardMonitors implements Timed {
  slot = 0
  readonly #core: ContextCore
  readonly #since = new Map<Unheard, number>()
  readonly #told = new Set<string>()
  /** Of these it is being asked how far they have come. */
  readonly #asked = new Set<Unheard>()

  constructor(core: ContextCore) {
    this.#core = core
  }

  add(monitor: Unheard): void {
    this.#since.set(monitor, performance.now())
    if (this.slot === 0) this.#core.env.deadlines.add(this, PATIENCE)
  }

  connected(monitor: Unheard): void {
    this.delete(monitor)
    this.#told.delete(monitor.pv)
  }

  delete(monitor: Unheard): void {
    this.#since.delete(monitor)
    this.#asked.delete(monitor)
  }

  expired(): void {
    const now = performance.now()
    const due: Unheard[] = []
    let next = Infinity
    for (const [monitor, since] of this.#since) {
      const left = since + PATIENCE - now
      if (left > 0) next = Math.min(next, left)
      else {
        this.#since.delete(monitor)
        if (!this.#told.has(monitor.pv)) due.push(monitor)
        this.#told.add(monitor.pv)
      }
    }
    if (next !== Infinity) this.#core.env.deadlines.add(this, next)
    if (due.length > 0 && !this.#core.closed) void this.#tell(due)
  }

  async #tell(due: readonly Unheard[]): Promise<void> {
    for (const monitor of due) this.#asked.add(monitor)
    const progress = await Promise.all(due.map((monitor) => monitor.progress()))
    if (this.#core.closed) return
    const missing: string[] = []
    const others: string[] = []
    let searching: Progress | undefined
    due.forEach((monitor, k) => {
      const { pv } = monitor
      const how = progress[k]
      const waits = this.#asked.delete(monitor)
      if (how === undefined || how.phase === 'init' || how.phase === 'execute') {
        // Nothing to be told, at this moment: it may be on its way, or just losing its channel.
        this.#told.delete(pv)
        if (waits) this.add(monitor)
        return
      }
      if (how.phase === 'search') {
        searching = how
        missing.push(pv)
      } else others.push(`${quote(pv)} ${troubleOf(how)}`)
    })
    const texts = others.slice(0, NAMED)
    if (others.length > NAMED) texts.push(`and ${others.length - NAMED} others not connected`)
    if (missing.length > 0) {
      const { config, unresolved } = this.#core
      const lines = searchLines({ config, unresolved, progress: searching })
      const where = lines.map(([name, text]) => `${name} ${text}`).join('; ')
      texts.unshift(`${namesOf(missing)} not found; ${where}`)
    }
    if (texts.length > 0)
      warnUser('node-pvxs.monitor', `monitor, after ${PATIENCE / 1_000} s: ${texts.join('; ')}`)
  }
}

function troubleOf({ trouble, server }: Progress): string {
  if (trouble?.kind === 'refused') return `refused by server ${server}: ${quote(trouble.why)}`
  return `found on server ${server}, which could not be connected to${trouble?.why ? ` (${trouble.why})` : ''}`
}

function namesOf(names: readonly string[]): string {
  const named = names
    .slice(0, NAMED)
    .map((name) => quote(name))
    .join(', ')
  return names.length > NAMED ? `${named} and ${names.length - NAMED} others` : named
}
