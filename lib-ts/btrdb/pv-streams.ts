// The streams of PVs: each is looked up, or made, once.
import type { Series } from '../telemetry/index.js'
import type { Core } from './core.js'
import { BTrDBError } from './errors.js'
import { byPlace, byUuid } from './find-stream.js'
import { placeOf, type Place, type SinkOptions } from './pv-place.js'
import { pvUuid } from './pv-uuid.js'
import type { Stream } from './stream.js'

/** A series as BTrDB has it. */
export interface Target {
  readonly series: Series
  /** Of a stream of severities: whose they are. */
  readonly severityOf?: string
}

export class PvStreams {
  readonly #core: Core
  readonly #options: SinkOptions
  readonly #streams = new Map<string, Promise<Stream>>()
  /** What was written into the stream's metadata. */
  readonly #told = new Map<string, Series>()

  constructor(core: Core, options: SinkOptions) {
    this.#core = core
    this.#options = options
  }

  /** All that were written to. */
  get streams(): readonly Promise<Stream>[] {
    return [...this.#streams.values()]
  }

  /** The stream of a series; who asks while it is looked up waits for the same answer. A failure is forgotten. */
  async of(target: Target): Promise<Stream> {
    const { id } = target.series
    let known = this.#streams.get(id)
    if (known === undefined) {
      known = this.#find(target)
      this.#streams.set(id, known)
      known.catch(() => {
        this.#streams.delete(id)
      })
    }
    const stream = await known
    await this.#tell(stream, target)
    return stream
  }

  /** The server does not have it any more. */
  forget(id: string): void {
    this.#streams.delete(id)
    this.#told.delete(id)
  }

  async #find(target: Target): Promise<Stream> {
    const { id } = target.series
    const uuid = pvUuid(id, this.#options.namespace)
    const spec = { op: 'sink', uuid }
    const there = await byUuid(this.#core, uuid, spec)
    if (there !== undefined) return there
    const place = this.#place(target.series)
    try {
      const made = await this.#core.db.create(
        uuid,
        place.collection,
        tagsOf(target, place),
        annotationsOf(target),
      )
      this.#told.set(id, target.series)
      return made
    } catch (error) {
      if (!(error instanceof BTrDBError)) throw error
      // Another writer was faster.
      if (error.code === 'ERR_BTRDB_EXISTS' || error.code === 'ERR_BTRDB_AMBIGUOUS') {
        const raced = await byUuid(this.#core, uuid, spec)
        if (raced !== undefined) return raced
      }
      if (error.code !== 'ERR_BTRDB_AMBIGUOUS' && error.code !== 'ERR_BTRDB_EXISTS') throw error
      return this.#taken(place, error)
    }
  }

  async #taken({ collection, name }: Place, error: BTrDBError): Promise<Stream> {
    const other = await byPlace(this.#core, { collection, name }, { op: 'sink' })
    if (this.#options.adopt === true && other !== undefined) return other
    const whose = other === undefined ? 'another stream' : `stream ${other.uuid}`
    throw new BTrDBError(`sink: ${collection}/${name} is the name of ${whose}`, {
      code: 'ERR_BTRDB_AMBIGUOUS',
      op: 'sink',
      status: error.status,
      hint: 'adopt: true writes to it',
    })
  }

  #place(series: Series): Place {
    const { place, root = 'pva' } = this.#options
    if (place === undefined) return placeOf(series.id, root)
    const given = place(series) as Partial<Place> | undefined
    if (typeof given?.collection !== 'string' || typeof given.name !== 'string')
      throw new BTrDBError(`sink: place() gave no { collection, name } for ${series.id}`, {
        code: 'ERR_BTRDB_METADATA',
        op: 'sink',
      })
    return { collection: given.collection, name: given.name }
  }

  /** Units, description and choices that have changed go into the metadata. */
  async #tell(stream: Stream, target: Target): Promise<void> {
    const { series } = target
    const last = this.#told.get(series.id)
    if (last === series || (last !== undefined && same(last, series))) return
    // At once, so that the others of this moment do not tell it too.
    this.#told.set(series.id, series)
    try {
      await this.#update(stream, target)
    } catch (error) {
      this.#told.delete(series.id)
      throw error
    }
  }

  async #update(stream: Stream, target: Target): Promise<void> {
    const { units = '' } = target.series
    const annotations = annotationsOf(target)
    const there = stream.annotations ?? {}
    const changed = Object.entries(annotations).filter(
      ([key, value]) => JSON.stringify(there[key]) !== JSON.stringify(value),
    )
    const gone = ['description', 'choices'].filter((key) => key in there && !(key in annotations))
    const unit = stream.unit ?? ''
    if (changed.length === 0 && gone.length === 0 && unit === units) return
    await stream.update({
      ...(unit === units ? {} : { tags: { unit: units } }),
      annotations: { ...Object.fromEntries(changed), ...Object.fromEntries(gone.map((key) => [key, null])) },
    })
  }
}

function same(a: Series, b: Series): boolean {
  return (
    a.units === b.units &&
    a.type === b.type &&
    a.description === b.description &&
    JSON.stringify(a.choices) === JSON.stringify(b.choices)
  )
}

function tagsOf({ series }: Target, { name }: Place): Record<string, string> {
  return { name, unit: series.units ?? '', ingress: 'node-pvxs' }
}

function annotationsOf({ series, severityOf }: Target): Record<string, unknown> {
  if (severityOf !== undefined) return { severity_of: severityOf }
  const { id, type, description, choices } = series
  return {
    pv: id,
    type,
    ...(description === undefined ? {} : { description }),
    ...(choices === undefined ? {} : { choices: [...choices] }),
  }
}
