import { escapeLine, nearest } from '../input/index.js'
import { waitingFor } from './abort.js'
import { PiArgumentError, PiHttpError, PiNotFoundError, PiResponseError } from './errors.js'
import type { CallOptions, Settings } from './options.js'
import { queryText } from './request.js'
import type { Wanted } from './references.js'
import type { Controllers } from './table/tree.js'
import { urlParts } from './url-parts.js'

const MOST_CACHED = 50_000

/** What is known about a stream. */
export interface PiStream {
  /** What was asked for. */
  readonly ref: string
  readonly webId: string
  readonly path: string
  readonly name: string
  readonly kind: 'point' | 'attribute'
  /** A point's `Float64`, `Digital`, …; an attribute's `Double`, … */
  readonly type: string
  readonly units: string
  /** Absent when it is empty. */
  readonly description?: string
  /** The set whose states are its values. */
  readonly digitalSet?: string
  readonly step: boolean
  readonly future: boolean
}

type Json = Readonly<Record<string, unknown>>
type Found = Omit<PiStream, 'ref'>
type Waiting = { readonly wanted: Wanted; readonly path: string }

/** References to streams, in few requests, and none twice. */
export class Resolver {
  readonly #api: Controllers
  readonly #settings: Settings
  readonly #cached = new Map<string, Found>()
  readonly #asked = new Map<string, Promise<Found>>()
  #server: string | undefined

  constructor(api: Controllers, settings: Settings) {
    this.#api = api
    this.#settings = settings
  }

  /** One promise per reference, each of which rejects for itself; `near`: with a name that may have been meant. */
  resolve(all: readonly Wanted[], options: CallOptions, near = true): Promise<PiStream>[] {
    const missing = new Map<string, Wanted>()
    for (const wanted of all)
      if (this.#read(wanted.key) === undefined && !this.#asked.has(wanted.key))
        missing.set(wanted.key, wanted)
    // Others may come to wait for the same answers, so they do not end with this caller's signal.
    const { signal, ...shared } = options
    const waiting = waitingFor(signal)
    if (missing.size > 0) this.#ask([...missing.values()], shared, near)
    const streams = all.map(async (wanted) => {
      const asked = this.#asked.get(wanted.key)
      const found = this.#read(wanted.key) ?? (asked && (await waiting.or(asked)))
      if (found === undefined) throw notFound(wanted, undefined)
      return { ref: wanted.ref, ...found }
    })
    void Promise.allSettled(streams).then(() => waiting.end())
    return streams
  }

  /** The stream of a point that a list described. */
  known(point: Json, ref: string): PiStream {
    return { ref, ...foundOf(point, 'point') }
  }

  /** Forgets a stream: its WebID answered 404. */
  forget(wanted: Wanted): void {
    this.#cached.delete(wanted.key)
  }

  #read(key: string): Found | undefined {
    const found = this.#cached.get(key)
    if (found !== undefined) {
      this.#cached.delete(key)
      this.#cached.set(key, found)
    }
    return found
  }

  /** Asks for all of them; the promises are there before the first request, so nobody asks again meanwhile. */
  #ask(missing: readonly Wanted[], options: CallOptions, near: boolean): void {
    const settle = new Map<string, { resolve: (found: Found) => void; reject: (error: unknown) => void }>()
    for (const { key } of missing) {
      const promise = new Promise<Found>((resolve, reject) => settle.set(key, { resolve, reject }))
      promise.catch(() => undefined) // who asked hears of it; one that waits for another of the list may not
      this.#asked.set(key, promise)
    }
    const done = ({ key }: Wanted, found: Found | Error): void => {
      const waiting = settle.get(key)
      if (!settle.delete(key) || waiting === undefined) return
      this.#asked.delete(key)
      if (found instanceof Error) {
        waiting.reject(found)
        return
      }
      this.#cached.set(key, found)
      if (this.#cached.size > MOST_CACHED) this.#cached.delete(this.#cached.keys().next().value as string)
      waiting.resolve(found)
    }
    this.#askInParts(missing, options, near, done).catch((error: unknown) => {
      for (const wanted of missing) done(wanted, error as Error)
    })
  }

  async #askInParts(
    missing: readonly Wanted[],
    options: CallOptions,
    near: boolean,
    done: (wanted: Wanted, found: Found | Error) => void,
  ): Promise<void> {
    const server = missing.some(({ by }) => by === 'tag') ? await this.dataServer(options) : ''
    const parts: Promise<void>[] = []
    for (const kind of ['point', 'attribute'] as const)
      for (const by of ['webId', 'path'] as const) {
        const waiting = missing
          .filter((one) => one.kind === kind && (one.by === 'webId') === (by === 'webId'))
          .map((wanted) => ({
            wanted,
            path: wanted.by === 'tag' ? `\\\\${server}\\${wanted.text}` : wanted.text,
          }))
        for (const part of this.#parts(waiting, kind, by))
          parts.push(this.#askPart(part, kind, by, { options, near: near && part.length <= 3 }, done))
      }
    await Promise.all(parts)
  }

  /** As many as a URL holds. */
  #parts(waiting: readonly Waiting[], kind: Wanted['kind'], by: string): Iterable<Waiting[]> {
    const { base, webIdType, maxUrlBytes } = this.#settings
    const head = `${base}/${kind}s/multiple${queryText([['webIdType', webIdType]])}`
    return urlParts(waiting, ({ path }) => [by, path], head, maxUrlBytes)
  }

  async #askPart(
    part: readonly Waiting[],
    kind: Wanted['kind'],
    by: 'webId' | 'path',
    { options, near }: { readonly options: CallOptions; readonly near: boolean },
    done: (wanted: Wanted, found: Found | Error) => void,
  ): Promise<void> {
    try {
      const list = { [by]: part.map(({ path }) => path), webIdType: this.#settings.webIdType }
      const { signal, timeout } = options
      const answer = await (kind === 'point'
        ? this.#api.points.getMultiple(list, { signal, timeout })
        : this.#api.attributes.getMultiple(list, { signal, timeout }))
      const items = answer.Items as unknown as readonly Json[] | undefined
      if (!Array.isArray(items)) throw new PiResponseError(`${kind}s/multiple answered without Items`)
      for (const [i, { wanted, path }] of part.entries()) {
        const item = itemOf(items, path, i, part.length)
        const object = item?.['Object'] as Json | null | undefined
        if (typeof object?.['WebId'] === 'string') {
          done(wanted, foundOf(object, kind))
          continue
        }
        const failure = failureOf(item, wanted, path)
        if (failure !== undefined) {
          done(wanted, failure)
          continue
        }
        const close = near ? await this.#near(wanted, path, options) : undefined
        done(wanted, notFound(wanted, path, textsIn(item?.['Exception']), close))
      }
    } catch (error) {
      for (const { wanted } of part) done(wanted, error as Error)
    }
  }

  /** A name that may have been meant. */
  async #near({ kind }: Wanted, path: string, { signal, timeout }: CallOptions): Promise<string | undefined> {
    const [, server = '', tag = ''] = /^\\\\([^\\]+)\\(.+)$/.exec(path) ?? []
    if (kind !== 'point' || tag === '') return undefined
    try {
      const { WebId } = await this.#api.dataservers.getByName({ name: server }, { signal, timeout })
      const nameFilter = `${tag.slice(0, 2).replace(/[*?]/g, '?')}*`
      const { Items } = await this.#api.dataservers.getPoints(
        { webId: WebId, nameFilter, maxCount: 500, selectedFields: 'Items.Name' },
        { signal, timeout },
      )
      return nearest(
        tag,
        Items.map(({ Name }) => Name),
      )
    } catch {
      return undefined // only the error's text would be better for it
    }
  }

  /** The data server of tags that name none. */
  async dataServer({ signal, timeout }: CallOptions): Promise<string> {
    if (this.#settings.dataServer !== undefined) return this.#settings.dataServer
    if (this.#server !== undefined) return this.#server
    const { Items } = await this.#api.dataservers.list({ selectedFields: 'Items.Name' }, { signal, timeout })
    const names = Items.map(({ Name }) => Name)
    const [only] = names
    if (only === undefined)
      throw new PiArgumentError('a tag name alone needs a data server, and this PI Web API has none')
    if (names.length > 1)
      throw new PiArgumentError(`a tag name alone needs option "dataServer": there are ${names.join(', ')}`)
    this.#server = only
    return only
  }
}

/** The answer for a path: in its place, unless the server left some out. */
function itemOf(items: readonly Json[], path: string, i: number, count: number): Json | undefined {
  const same = (item: Json | undefined): boolean =>
    typeof item?.['Identifier'] === 'string' && item['Identifier'].toUpperCase() === path.toUpperCase()
  const placed = items[i]
  if (
    placed !== undefined &&
    (same(placed) || (items.length === count && placed['Identifier'] === undefined))
  )
    return placed
  return items.find(same)
}

function foundOf(object: Json, kind: Wanted['kind']): Found {
  const text = (...keys: readonly string[]): string =>
    keys.map((key) => object[key]).find((one): one is string => typeof one === 'string' && one !== '') ?? ''
  const digitalSet =
    kind === 'point'
      ? text('DigitalSetName')
      : object['Type'] === 'EnumerationValue'
        ? text('TypeQualifier')
        : ''
  const description = text('Descriptor', 'Description')
  return {
    webId: text('WebId'),
    path: text('Path'),
    name: text('Name'),
    kind,
    type: text(kind === 'point' ? 'PointType' : 'Type'),
    units: text('EngineeringUnits', 'DefaultUnitsNameAbbreviation'),
    ...(description === '' ? {} : { description }),
    ...(digitalSet === '' ? {} : { digitalSet }),
    step: object['Step'] === true,
    future: object['Future'] === true,
  }
}

/** What the server says in place of a stream, when it is not that there is none: it may be there later. */
function failureOf(item: Json | undefined, { kind }: Wanted, path: string): PiHttpError | undefined {
  const exception = (item?.['WebException'] ?? (item?.['Exception'] as Json | null)?.['WebException']) as
    Json | null | undefined
  const status = exception?.['StatusCode']
  if (typeof status !== 'number' || status === 404 || status === 410) return undefined
  const errors = textsIn(exception)
  const said = errors.length === 0 ? '' : `: ${errors.map((text) => escapeLine(text)).join('; ')}`
  return new PiHttpError(`the ${kind} ${escapeLine(path)} answered ${status}${said}`, { status, errors })
}

function textsIn(exception: unknown): string[] {
  const errors = (exception as Json | null | undefined)?.['Errors']
  return Array.isArray(errors) ? errors.filter((one): one is string => typeof one === 'string') : []
}

function notFound(
  wanted: Wanted,
  path?: string,
  errors: readonly string[] = [],
  near?: string,
): PiNotFoundError {
  const said = errors.length === 0 ? '' : `: ${errors.join('; ')}`
  const what = wanted.kind === 'point' ? 'point' : 'attribute'
  return new PiNotFoundError(`there is no ${what} ${escapeLine(path ?? wanted.text)}${said}`, wanted.ref, {
    errors,
    status: 404,
    hint: near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`,
  })
}
