import { headers, isPlainObject, list, quote, readOptions, text } from '../input/index.js'
import { checking, PiArgumentError, PiResponseError } from './errors.js'
import { bodyText } from './http/json.js'
import type { SendOptions } from './http/transport.js'
import type { CallOptions } from './options.js'
import { Placeholder, TOKENS } from './placeholder.js'
import type { PiRequest } from './request.js'
import { PiResponse } from './response.js'

/** What {@link Batch.add} takes beside the request. */
export interface BatchEntryOptions {
  /** Requests that must be done before this one; those of its placeholders are anyway. */
  readonly after?: readonly string[] | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** A request of a batch: what later ones may use of its answer. */
export interface BatchEntry {
  /** A value of the answer's body: `WebId`, `Items[0].WebId`; `Items[*].WebId` is for {@link Batch.each}. */
  content(path: string): Placeholder
  /** A header of the answer. */
  header(name: string): Placeholder
}

/** The answers of a batch. */
export interface BatchResult {
  /** The answer to a request, with the status of its own. */
  readonly get: (id: string) => PiResponse
  /** The answers to a request that was made for each of several; else the one answer. */
  readonly all: (id: string) => PiResponse[]
  readonly responses: ReadonlyMap<string, PiResponse>
}

interface Entry {
  readonly request: PiRequest
  readonly options: BatchEntryOptions
  /** What a template is expanded over. */
  readonly each: { readonly from: Placeholder; readonly item: Placeholder } | undefined
}

type Json = Readonly<Record<string, unknown>>
type Send = (body: object, options: SendOptions) => Promise<PiResponse>

const entryChecks = { after: list(text), headers }
const ID = /^[A-Za-z_][\w-]*$/
const STEPS = /^(?:[^.[\]"'\s]+|\[(?:\d+|\*)\])(?:\.[^.[\]"'\s]+|\[(?:\d+|\*)\])*$/

/**
 * Several requests in one, some of which use what others were answered.
 *
 * @example
 * const batch = pi.batch()
 * const point = batch.add('point', pi.build.points.getByPath({ path: '\\\\PISRV\\sinusoid' }))
 * batch.add('end', pi.build.streams.getEnd({ webId: point.content('WebId') }))
 * const { get } = await batch.run()
 * get('end').raiseForStatus().body
 */
export class Batch {
  readonly #entries = new Map<string, Entry>()
  readonly #send: Send
  readonly #requestedWith: string

  /** @internal */
  constructor(send: Send, requestedWith: string) {
    this.#send = send
    this.#requestedWith = requestedWith
  }

  /**
   * Adds a request, as `pi.build` makes it.
   *
   * @throws {@link PiArgumentError} when the id is there already, or a placeholder is of a request that is not
   */
  add(id: string, request: PiRequest, options: BatchEntryOptions = {}): BatchEntry {
    return this.#add(id, { request, options, each: undefined })
  }

  /**
   * Adds a request that the server makes once for each value that a placeholder finds.
   *
   * @example
   * const batch = pi.batch()
   * const server = batch.add('server', pi.build.dataservers.getByName({ name: 'PISRV' }))
   * const list = batch.add('list', pi.build.dataservers.getPoints({ webId: server.content('WebId') }))
   * batch.each('ends', list.content('Items[*].WebId'), (webId) => pi.build.streams.getEnd({ webId }))
   * await batch.run()
   */
  each(
    id: string,
    from: Placeholder,
    make: (item: Placeholder) => PiRequest,
    options: BatchEntryOptions = {},
  ): BatchEntry {
    if (!(from instanceof Placeholder))
      throw new PiArgumentError(
        `batch: ${quote(id)} is made for each value of a placeholder, not of ${quote(from)}`,
      )
    const item = new Placeholder(from.id, from.path)
    return this.#add(id, { request: make(item), options, each: { from, item } })
  }

  /**
   * Sends the batch. Its requests succeed or fail for themselves; what was asked for with `get` says so.
   *
   * @throws {@link PiHttpError} when the batch as a whole is refused
   */
  async run(options: Omit<CallOptions, 'query'> = {}): Promise<BatchResult> {
    if (this.#entries.size === 0) throw new PiArgumentError('batch: there is nothing in it')
    const body = Object.fromEntries([...this.#entries].map(([id, entry]) => [id, this.#written(id, entry)]))
    const { body: answer } = (await this.#send(body, options)).raiseForStatus()
    if (!isPlainObject(answer)) throw new PiResponseError('batch: the answer is not an object of answers')
    return resultOf(this.#entries, answer)
  }

  #add(id: string, entry: Entry): BatchEntry {
    if (typeof id !== 'string' || !ID.test(id))
      throw new PiArgumentError(`batch: an id is a letter and letters, digits, _ or -, not ${quote(id)}`)
    if (this.#entries.has(id)) throw new PiArgumentError(`batch: there is a request ${quote(id)} already`)
    if (
      !isPlainObject(entry.request) ||
      typeof entry.request.url !== 'string' ||
      typeof entry.request.verb !== 'string'
    )
      throw new PiArgumentError(`batch: ${quote(id)} is a request of pi.build, not ${quote(entry.request)}`)
    checking(() => readOptions(entry.options, entryChecks, `the request ${quote(id)} of a batch`))
    for (const parent of entry.options.after ?? [])
      if (!this.#entries.has(parent)) throw unknownParent(id, parent)
    if (entry.each !== undefined && !this.#entries.has(entry.each.from.id))
      throw unknownParent(id, entry.each.from.id)
    this.#entries.set(id, entry)
    const at = (place: string, path: unknown): Placeholder => {
      if (typeof path !== 'string' || !STEPS.test(path))
        throw new PiArgumentError(
          `batch: a path is names and [indices], such as Items[0].WebId, not ${quote(path)}`,
        )
      return this.#know(new Placeholder(id, `$.${id}.${place}${path.startsWith('[') ? '' : '.'}${path}`))
    }
    return { content: (path) => at('Content', path), header: (name) => at('Headers', name) }
  }

  readonly #known = new Map<string, Placeholder>()

  #know(placeholder: Placeholder): Placeholder {
    this.#known.set(placeholder.token, placeholder)
    return placeholder
  }

  #written(id: string, { request, options, each }: Entry): Json {
    const { verb, url, body } = request
    const content = body === undefined ? undefined : bodyText(body)
    const parameters: Placeholder[] = []
    if (each !== undefined) this.#know(each.item)
    const fill = (raw: string): string =>
      raw.replace(TOKENS, (token) => {
        const placeholder = this.#known.get(token)
        if (placeholder === undefined)
          throw new PiArgumentError(`batch: ${quote(id)} has a placeholder of another batch`)
        if (!parameters.includes(placeholder)) parameters.push(placeholder)
        return `{${parameters.indexOf(placeholder)}}`
      })
    const [resource, filled] = [fill(url), content === undefined ? undefined : fill(content)]
    if (parameters.length > 0 && /\{\d+\}/.test(`${url} ${content ?? ''}`))
      throw new PiArgumentError(`batch: ${quote(id)} holds text like {0}, which the server would replace`)
    const parents = [...new Set([...(options.after ?? []), ...parameters.map((one) => one.id)])]
    if (each !== undefined && !parents.includes(each.from.id)) parents.push(each.from.id)
    const sent = {
      ...(verb === 'GET'
        ? {}
        : { 'X-Requested-With': this.#requestedWith, 'Content-Type': 'application/json' }),
      ...options.headers,
    }
    return {
      Method: verb,
      ...(each === undefined ? { Resource: resource } : { RequestTemplate: { Resource: resource } }),
      ...(Object.keys(sent).length === 0 ? {} : { Headers: sent }),
      ...(filled === undefined ? {} : { Content: filled }),
      ...(parameters.length === 0 ? {} : { Parameters: parameters.map((one) => one.path) }),
      ...(parents.length === 0 ? {} : { ParentIds: parents }),
    }
  }
}

function unknownParent(id: string, parent: string): PiArgumentError {
  return new PiArgumentError(`batch: ${quote(id)} comes after ${quote(parent)}, which is not in the batch`)
}

function resultOf(entries: ReadonlyMap<string, Entry>, answer: Json): BatchResult {
  const responses = new Map<string, PiResponse>()
  for (const [id, { request }] of entries) {
    const part = answer[id]
    if (!isPlainObject(part)) throw new PiResponseError(`batch: there is no answer to ${quote(id)}`)
    responses.set(id, responseOf(request, part))
  }
  const get = (id: string): PiResponse => {
    const response = responses.get(id)
    if (response === undefined) throw new PiArgumentError(`batch: there is no request ${quote(id)}`)
    return response
  }
  return {
    get,
    all(id) {
      const response = get(id)
      const { request, each } = entries.get(id) as Entry
      if (each === undefined) return [response]
      const items = (response.body as Json | undefined)?.['Items']
      return Array.isArray(items)
        ? items.filter(isPlainObject).map((part) => responseOf(request, part))
        : [response]
    },
    responses,
  }
}

function responseOf({ verb, url }: PiRequest, { Status, Headers, Content }: Json): PiResponse {
  const received = isPlainObject(Headers)
    ? Object.fromEntries(Object.entries(Headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
    : {}
  const body = Content === '' || Content === null ? undefined : Content
  return new PiResponse({
    verb,
    url,
    status: typeof Status === 'number' ? Status : 0,
    headers: received,
    body,
  })
}
