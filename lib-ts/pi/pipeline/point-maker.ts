// Points that are not there yet.
import { isPlainObject, quote } from '../../input/index.js'
import type { Series } from '../../telemetry/index.js'
import { PiAuthError, PiError, PiHttpError } from '../errors.js'
import type { CallOptions } from '../options.js'
import type { Wanted } from '../references.js'
import type { PiStream } from '../resolver.js'
import type { Reading } from '../values.js'
import { DigitalSets } from './digital-sets.js'
import { isPassing } from './sink-errors.js'

type Json = Readonly<Record<string, unknown>>

const TYPES: Readonly<Record<string, string>> = {
  float64: 'Float64',
  float32: 'Float32',
  string: 'String',
  // No type of PI holds all of their values but a double, and that up to 2^53.
  uint32: 'Float64',
  int64: 'Float64',
  uint64: 'Float64',
  enum: 'Digital',
}

/** Makes points, each once however many ask for it together. A text says why there is none. */
export class PointMaker {
  readonly #reading: Reading
  readonly #sets: DigitalSets
  readonly #servers = new Map<string, Promise<string>>()
  readonly #making = new Map<string, Promise<PiStream | string>>()
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(reading: Reading) {
    this.#reading = reading
    this.#sets = new DigitalSets(reading.api)
  }

  /** The point of a reference that was looked up in vain; `more` are fields that the user gives. */
  make(wanted: Wanted, series: Series, more: unknown, call: CallOptions): Promise<PiStream | string> {
    if (wanted.kind !== 'point' || wanted.by === 'webId')
      return Promise.resolve(
        `no such ${wanted.kind} ${wanted.text}, and only points can be made, by tag or path`,
      )
    let making = this.#making.get(wanted.key)
    if (making === undefined) {
      making = this.#inTurn(() => this.#make(wanted, series, more, call))
      this.#making.set(wanted.key, making)
      const done = (): unknown => this.#making.delete(wanted.key)
      making.then(done, done)
    }
    return making
  }

  /** No more at once than there are connections: the time of a request begins when it is called. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#reading.settings.connections)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  async #make(wanted: Wanted, series: Series, more: unknown, call: CallOptions): Promise<PiStream | string> {
    const fields = fieldsOf(more)
    if (typeof fields === 'string') return fields
    for (let again = false; ; again = true) {
      try {
        const { server, name } = await this.#place(wanted, call)
        return await this.#post(wanted, server, name, series, fields, call)
      } catch (error) {
        if (!isRefusal(error)) throw error
        const other = await this.#found(wanted, call)
        if (other !== undefined) return other
        // The digital set may be gone since it was read.
        if (series.type === 'enum' && !again) this.#sets.forget()
        else return `no such point ${wanted.text}, and it could not be made: ${textOf(error)}`
      }
    }
  }

  async #found(wanted: Wanted, call: CallOptions): Promise<PiStream | undefined> {
    const [found] = await Promise.allSettled(this.#reading.resolver.resolve([wanted], call, false))
    if (found?.status === 'fulfilled') return found.value
    const reason: unknown = found?.reason
    if (reason instanceof PiError && reason.code === 'ERR_PI_NOT_FOUND') return undefined
    throw reason
  }

  async #place(wanted: Wanted, call: CallOptions): Promise<{ server: string; name: string }> {
    const { resolver, api } = this.#reading
    const path = wanted.by === 'path' ? /^\\\\([^\\]+)\\(.+)$/s.exec(wanted.text) : null
    const [, host = '', tag = ''] = path ?? []
    const server = wanted.by === 'tag' ? await resolver.dataServer(call) : host
    let webId = this.#servers.get(server)
    if (webId === undefined) {
      webId = api.dataservers
        .getByName({ name: server, webIdType: 'IDOnly' }, call)
        .then(({ WebId }) => WebId)
      webId.catch(() => this.#servers.delete(server))
      this.#servers.set(server, webId)
    }
    return { server: await webId, name: wanted.by === 'tag' ? wanted.text : tag }
  }

  async #post(
    wanted: Wanted,
    server: string,
    name: string,
    series: Series,
    fields: Json,
    call: CallOptions,
  ): Promise<PiStream> {
    const { units = '', description = '', choices = [] } = series
    const usual = TYPES[series.type] ?? 'Int32'
    const given = fields['PointType']
    const type =
      typeof given === 'string' ? given : usual === 'Digital' && choices.length === 0 ? 'Int32' : usual
    const set =
      type === 'Digital' && fields['DigitalSetName'] === undefined
        ? await this.#sets.named(server, choices, call)
        : undefined
    const body = {
      Name: name,
      PointClass: 'classic',
      ...(set === undefined ? {} : { DigitalSetName: set }),
      ...(units === '' ? {} : { EngineeringUnits: units }),
      ...(description === '' ? {} : { Descriptor: description }),
      ...fields,
      PointType: type,
    }
    const { webId } = await this.#reading.api.dataservers.createPoint(
      { webId: server, body, webIdType: 'IDOnly' },
      call,
    )
    const found = webId === undefined ? await this.#found(wanted, call) : undefined
    if (found !== undefined) return found
    return {
      ref: wanted.ref,
      webId: webId ?? '',
      path: wanted.text,
      name,
      kind: 'point',
      type,
      units,
      step: false,
      future: false,
    }
  }
}

function fieldsOf(more: unknown): Json | string {
  if (!isPlainObject(more)) return `option "create" gives fields of a point as an object, not ${quote(more)}`
  return 'Name' in more ? 'option "create" gives no Name: that is what option "point" is for' : more
}

/** Whether the server understood and does not want to: asking again would be answered the same. */
function isRefusal(error: unknown): error is PiHttpError | PiAuthError {
  return (error instanceof PiHttpError || error instanceof PiAuthError) && !isPassing(error)
}

function textOf({ errors, message }: PiError): string {
  return errors.length === 0 ? message : errors.join('; ')
}
