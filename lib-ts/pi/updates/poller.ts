import { fill } from '../channel/fill.js'
import { nowNs } from '../channel/messages.js'
import { PiHttpError, PiResponseError } from '../errors.js'
import type { CallOptions } from '../options.js'
import { queryText } from '../request.js'
import type { PiStream } from '../resolver.js'
import { updateOf, type PiUpdate } from '../update.js'
import { readValue, type Reading } from '../values.js'
import { readRef } from '../references.js'
import { Registered } from './registered.js'

type Json = Readonly<Record<string, unknown>>

/** What one poll gave, and what went wrong with parts of it: those are asked again the next time. */
export interface Polled {
  readonly updates: PiUpdate[]
  readonly error?: unknown
}

/** What a poller tells beside the values. */
export interface PollerEvents {
  /** The server forgot these; what it had for them meanwhile was read from the archive, null when it could not be. */
  gap?(from: bigint, to: bigint, refs: readonly string[], filled: number | null): void
}

/** Stream updates: streams that are signed up for, and asked for what is new in few calls. */
export class Poller {
  readonly #reading: Reading
  readonly #events: PollerEvents
  #streams: readonly Registered[] = []
  /** Archive and updates may give the same for these, until the next poll. */
  #overlapping: Registered['member'][] = []

  constructor(reading: Reading, events: PollerEvents) {
    this.#reading = reading
    this.#events = events
  }

  /** Signs up; gives what stands at the beginning of those that have no updates. */
  async start(streams: readonly PiStream[], call: CallOptions): Promise<PiUpdate[]> {
    const before = new Map(this.#streams.map((one) => [one.member.stream.webId, one]))
    const next = streams.map((stream) => before.get(stream.webId) ?? new Registered(stream))
    const fresh = next.filter(({ marker, fixed }) => marker === undefined && !fixed)
    const updates = await this.#register(fresh, call)
    this.#streams = next
    return updates
  }

  /** What is new since the last time. Never rejects: what came goes before what failed. */
  async poll(call: CallOptions): Promise<Polled> {
    const updates: PiUpdate[] = []
    let failure: { readonly error: unknown } | undefined
    const take = (results: readonly PromiseSettledResult<PiUpdate[]>[]): void => {
      for (const result of results)
        if (result.status === 'fulfilled') updates.push(...result.value)
        else failure ??= { error: result.reason as unknown }
    }
    const overlapping = this.#overlapping
    this.#overlapping = []
    const live = this.#streams.filter(({ marker }) => marker !== undefined)
    const bytes = ({ marker = '' }: Registered): number => queryText([['marker', marker]]).length
    take(await Promise.allSettled(this.#parts(live, bytes).map((part) => this.#pollPart(part, call))))
    for (const member of overlapping)
      if (failure === undefined) member.endOverlap()
      else this.#overlapping.push(member)
    const forgotten = this.#streams.filter(({ marker, fixed }) => marker === undefined && !fixed)
    if (forgotten.length > 0) take(await Promise.allSettled([this.#register(forgotten, call)]))
    return failure === undefined ? { updates } : { updates, error: failure.error }
  }

  #parts(all: readonly Registered[], bytesOf: (one: Registered) => number): Registered[][] {
    const { base, webIdType, maxUrlBytes } = this.#reading.settings
    const head = `${base}/streamsets/updates${queryText([['webIdType', webIdType]])}`.length
    const parts: Registered[][] = []
    let bytes = Infinity
    for (const one of all) {
      const more = bytesOf(one)
      if (bytes + more > maxUrlBytes) {
        parts.push([])
        bytes = head
      }
      parts.at(-1)?.push(one)
      bytes += more
    }
    return parts
  }

  async #pollPart(part: readonly Registered[], call: CallOptions): Promise<PiUpdate[]> {
    const { api, settings } = this.#reading
    const marker = part.map((one) => one.marker as string)
    let items: readonly Json[]
    try {
      const answer = await api.streamsets.retrieveStreamSetUpdates(
        { marker, webIdType: settings.webIdType },
        call,
      )
      items = itemsOf(answer)
    } catch (error) {
      if (!isForgotten(error)) throw error
      items = part.map(() => ({ Exception: { StatusCode: (error as PiHttpError).status } }))
    }
    return part.flatMap((one, i) => this.#eventsOf(one, items, i, part.length))
  }

  #eventsOf(one: Registered, items: readonly Json[], i: number, count: number): PiUpdate[] {
    const asked = one.marker
    const item =
      items.find(({ RequestedMarker }) => RequestedMarker === asked) ??
      (items.length === count ? items[i] : undefined)
    const { Events, LatestMarker } = item ?? {}
    if (failureIn(item) !== undefined || typeof LatestMarker !== 'string') {
      one.marker = undefined
      one.lost = true
      return []
    }
    one.marker = LatestMarker
    const { member } = one
    const overlaps = member.overlaps
    const events = Array.isArray(Events) ? (Events as (Json | null)[]) : []
    const updates = events
      .filter((event): event is Json => event !== null && event['Action'] !== 'Delete')
      .map((event) => updateOf(member.stream, event))
      .filter((update) => !overlaps || !member.gave(update))
    for (const update of updates) member.give(update)
    return updates
  }

  /** Signs streams up; those that were before get from the archive what they missed. */
  async #register(all: readonly Registered[], call: CallOptions): Promise<PiUpdate[]> {
    const bytes = ({ member }: Registered): number => queryText([['webId', member.stream.webId]]).length
    const before = nowNs()
    const updates: PiUpdate[] = []
    for (const part of await Promise.all(this.#parts(all, bytes).map((one) => this.#registerPart(one, call))))
      updates.push(...part)
    const back = all.filter(({ lost, marker }) => lost && marker !== undefined).map(({ member }) => member)
    for (const one of all) {
      one.member.since ??= before
      if (one.marker !== undefined) one.lost = false
    }
    if (back.length > 0) updates.push(...(await this.#fill(back, call)))
    return updates
  }

  async #fill(members: Registered['member'][], call: CallOptions): Promise<PiUpdate[]> {
    const updates: PiUpdate[] = []
    const times = members.map(({ last, since = 0n }) => last ?? since)
    const from = times.reduce((a, b) => (a > b ? a : b), 0n)
    for (const member of members) member.beginOverlap()
    this.#overlapping.push(...members)
    const give = (member: Registered['member'], fresh: PiUpdate[]): Promise<void> => {
      for (const update of fresh) member.give(update)
      updates.push(...fresh)
      return Promise.resolve()
    }
    const signal = call.signal ?? new AbortController().signal
    const filled = await fill(this.#reading, { members, signal, give })
    signal.throwIfAborted()
    this.#events.gap?.(
      from,
      nowNs(),
      members.map(({ stream }) => stream.ref),
      filled,
    )
    return updates
  }

  async #registerPart(part: readonly Registered[], call: CallOptions): Promise<PiUpdate[]> {
    const { api, settings } = this.#reading
    const webId = part.map(({ member }) => member.stream.webId)
    let items: readonly Json[]
    try {
      const answer = await api.streamsets.registerStreamSetUpdates(
        { webId, webIdType: settings.webIdType },
        call,
      )
      items = itemsOf(answer)
    } catch (error) {
      // A server that fails all for one: each alone.
      if (!(error instanceof PiHttpError) || error.retryable) throw error
      if (part.length === 1) items = [{ Exception: { StatusCode: error.status, Errors: error.errors } }]
      else return (await Promise.all(part.map((one) => this.#registerPart([one], call)))).flat()
    }
    const values = part.map((one, i) => this.#registered(one, items[i], call))
    return (await Promise.all(values)).flat()
  }

  async #registered(one: Registered, item: Json | undefined, call: CallOptions): Promise<PiUpdate[]> {
    const { member } = one
    const failure = failureIn(item)
    const marker = item?.['LatestMarker']
    if (failure === undefined && typeof marker === 'string') {
      one.marker = marker
      return []
    }
    const { status, text } = failure ?? { status: 0, text: 'the server gave no marker' }
    if (status === 409) {
      one.fixed = true
      if (member.last !== undefined) return []
      const value = await readValue(
        this.#reading,
        readRef({ webId: member.stream.webId }, 'updates'),
        undefined,
        call,
      )
      const update = { ...value, ref: member.stream.ref, errors: [text] }
      member.give(update)
      return [update]
    }
    throw new PiHttpError(`${member.stream.ref} cannot be signed up for updates: ${text}`, {
      status,
      errors: [text],
    })
  }
}

function itemsOf(answer: unknown): readonly Json[] {
  const items = (answer as Json | undefined)?.['Items']
  if (!Array.isArray(items)) throw new PiResponseError('stream updates were answered without Items')
  return items as Json[]
}

function failureIn(item: Json | undefined): { status: number; text: string } | undefined {
  const exception = item?.['Exception'] as Json | null | undefined
  if (exception == null)
    return item === undefined ? { status: 0, text: 'the answer has no item for it' } : undefined
  const { StatusCode, Errors } = exception
  const texts = Array.isArray(Errors) ? (Errors as unknown[]).map(String) : []
  return { status: Number(StatusCode) || 0, text: texts.join('; ') }
}

function isForgotten(error: unknown): boolean {
  return error instanceof PiHttpError && (error.status === 404 || error.status === 409)
}
