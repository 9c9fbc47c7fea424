import { PiHttpError } from '../errors.js'
import { readRef } from '../references.js'
import type { Reading } from '../values.js'
import { changesOf, type Changes } from './changing.js'
import { fill } from './fill.js'
import { Line, type LineOwner } from './line.js'
import { Member } from './member.js'
import type { Target } from './members.js'
import { Roster } from './roster.js'
import { openSocket, type Opened } from './socket.js'
import { parentUrl, partsOf, roomOf, urlOf } from './urls.js'

/** The sockets of a channel. */
export class Lines {
  readonly #reading: Reading
  readonly #owner: LineOwner
  readonly #room: number
  #lines: readonly Line[] = []
  #count = 0
  /** Those that are closing still. */
  readonly #closing = new Set<Promise<void>>()

  constructor(reading: Reading, ends: Omit<LineOwner, 'connect' | 'fill'>) {
    this.#reading = reading
    this.#room = roomOf(reading.settings, ends.settings)
    this.#owner = {
      ...ends,
      connect: (line, again, signal, timeout) => this.#connect(line, again, signal, timeout),
      fill: (filling) => fill(reading, filling),
    }
  }

  get open(): number {
    return this.#lines.filter(({ open }) => open).length
  }

  get allOpen(): boolean {
    return this.#lines.every(({ open }) => open)
  }

  /** Reads no more, or again. */
  flow(): void {
    for (const line of this.#lines) line.flow()
  }

  /** Opens what is new, all of it, and only then closes what is not wanted any more; a rejection leaves all as it was. */
  async change(
    before: Target,
    target: Target,
    signal: AbortSignal,
    timeout: number,
  ): Promise<{ added: Member[]; removed: Member[] }> {
    const known = new Set(before.members.values())
    const added = [...target.members.values()].filter((member) => !known.has(member))
    const removed = [...before.members].flatMap(([id, member]) =>
      target.members.get(id) === member ? [] : [member],
    )
    const { opened, closed } = this.#changes(before, target, added, removed)
    const fresh = opened.map((members) => this.#line(members, target))
    await this.#openAll(fresh, signal, timeout)
    for (const member of removed) member.gone = true
    this.#lines = [...this.#lines.filter((line) => !closed.includes(line)), ...fresh]
    // What came over the old ones was taken up to here; from here on the new ones take over.
    for (const line of closed) this.#goodbye(line)
    for (const line of fresh) {
      const members = new Set(line.members)
      line.begin(closed.filter((old) => old.members.some((member) => members.has(member))))
    }
    return { added, removed }
  }

  async close(): Promise<void> {
    for (const line of this.#lines) this.#goodbye(line)
    this.#lines = []
    await Promise.all(this.#closing)
  }

  #changes(before: Target, target: Target, added: Member[], removed: Member[]): Changes<Line> {
    if (target.parent === undefined && before.parent === undefined)
      return changesOf(this.#lines, added, new Set(removed), this.#room)
    if (target.parent !== undefined && JSON.stringify(target.parent) === JSON.stringify(before.parent))
      return { opened: [], closed: [] }
    const members = [...target.members.values()]
    return {
      opened: target.parent === undefined ? partsOf(members, this.#room) : [members],
      closed: [...this.#lines],
    }
  }

  #line(members: Member[], { parent, members: known }: Target): Line {
    const adopt = (list: Member[]) => (stream: Member['stream']) => {
      const member = new Member(stream)
      list.push(member)
      ;(known as Map<string, Member>).set(stream.webId, member)
      return member
    }
    const own = [...members]
    const roster = parent === undefined ? new Roster(own) : new Roster(own, adopt(own))
    return new Line(++this.#count, this.#owner, { members: own, roster, parent })
  }

  async #openAll(fresh: readonly Line[], signal: AbortSignal, timeout: number): Promise<void> {
    signal.throwIfAborted()
    const attempt = new AbortController()
    const stop = (): void => attempt.abort(signal.reason)
    signal.addEventListener('abort', stop)
    try {
      await Promise.all(fresh.map((line) => line.connect(attempt.signal, timeout)))
      signal.throwIfAborted()
    } catch (error) {
      attempt.abort(error)
      await Promise.all(fresh.map((line) => line.close('given up')))
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  #goodbye(line: Line): void {
    const closing = line.close('no longer needed').finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }

  async #connect(line: Line, again: boolean, signal: AbortSignal, timeout: number): Promise<Opened> {
    const { maxPayload } = this.#owner.settings
    const open = (): Promise<Opened> =>
      openSocket(this.#reading.settings, { url: this.#urlOf(line), timeout, maxPayload, again, signal })
    try {
      return await open()
    } catch (error) {
      const gone = error instanceof PiHttpError && [400, 404, 410].includes(error.status ?? 0)
      if (!again || !gone || !(await this.#lookAgain(line, signal))) throw error
      return open()
    }
  }

  #urlOf(line: Line): string {
    const { settings } = this.#reading
    const members = line.members.filter(({ gone, missing }) => !gone && !missing)
    return line.parent === undefined
      ? urlOf(settings, this.#owner.settings, members)
      : parentUrl(settings, this.#owner.settings, line.parent.webId, line.parent.query)
  }

  /** Points may have been made anew while there was no connection, or be gone; whether there is something left to open. */
  async #lookAgain(line: Line, signal: AbortSignal): Promise<boolean> {
    if (line.parent !== undefined || !this.#owner.settings.resolve) return false
    const { resolver } = this.#reading
    const members = line.members.filter(({ gone }) => !gone)
    const wanted = members.map(({ stream }) => readRef(stream.ref, 'reconnect'))
    for (const one of wanted) resolver.forget(one)
    const results = await Promise.allSettled(resolver.resolve(wanted, { signal }))
    for (const [i, member] of members.entries()) {
      const result = results[i]
      member.missing = result?.status !== 'fulfilled'
      if (result?.status === 'fulfilled') member.stream = result.value
    }
    line.roster = new Roster(line.members)
    return members.some(({ missing }) => !missing)
  }
}
