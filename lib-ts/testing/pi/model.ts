// What the simulated servers hold: points, digital sets, elements and attributes.
import { InvalidArgumentError } from '../../errors.js'
import { Archive, plain, systemState, type Event, type Held, type State } from './archive.js'
import { guidOf, guidText, idForms, idText, pointNumber, type IdForm, type Identity } from './ids.js'
import { now } from './times.js'

/** What {@link PiSimulator.addPoint} takes. */
export interface SimulatedPoint {
  /** Float64, or what fits the value. */
  readonly type?: 'Float64' | 'Float32' | 'Int32' | 'Int16' | 'Digital' | 'String' | undefined
  readonly units?: string | undefined
  readonly description?: string | undefined
  /** Its first value; without one it begins with the state `Pt Created`. */
  readonly value?: number | bigint | string | boolean | undefined
  readonly digitalSet?: string | undefined
  readonly step?: boolean | undefined
  readonly future?: boolean | undefined
}

/** An attribute of {@link SimulatorOptions.attributes}. */
export interface SimulatedAttribute {
  /** Double, or what fits the value. */
  readonly type?: 'Double' | 'Int32' | 'Int64' | 'String' | 'Boolean' | undefined
  readonly units?: string | undefined
  readonly description?: string | undefined
  readonly value?: number | bigint | string | boolean | undefined
  /** Its value has no history, and cannot be signed up for. */
  readonly static?: boolean | undefined
}

/** Anything that has a WebID. */
export interface Thing {
  readonly kind: 'point' | 'attribute' | 'element' | 'database' | 'assetServer' | 'dataServer' | 'set'
  readonly name: string
  readonly path: string
  readonly identity: Identity
}

export interface Stream extends Thing {
  readonly kind: 'point' | 'attribute'
  readonly id: number
  readonly type: string
  units: string
  description: string
  readonly set: DigitalSet | undefined
  readonly future: boolean
  readonly fixed: boolean
  /** The element of an attribute. */
  readonly parent: Thing | undefined
  readonly archive: Archive
}

export interface DigitalSet extends Thing {
  readonly kind: 'set'
  readonly states: string[]
}

export class Model {
  readonly dataServer: Thing
  readonly assetServer: Thing
  readonly databases = new Map<string, Thing>()
  readonly elements = new Map<string, Thing>()
  /** By path in upper case. */
  readonly streams = new Map<string, Stream>()
  readonly sets = new Map<string, DigitalSet>()
  readonly #byId = new Map<string, Thing>()
  #points = 0

  constructor(server: string, assetServer: string) {
    this.dataServer = this.#thing('dataServer', server, `\\\\${server}`, 'DS', server, [])
    this.assetServer = this.#thing('assetServer', assetServer, `\\\\${assetServer}`, 'RS', assetServer, [])
  }

  find(id: string): Thing | undefined {
    return this.#byId.get(id)
  }

  pointAt(name: string): Stream | undefined {
    return this.streams.get(`\\\\${this.dataServer.name}\\${name}`.toUpperCase())
  }

  /** In order of their names. */
  get points(): Stream[] {
    const key = ({ name }: Stream): string => name.toUpperCase()
    return [...this.streams.values()]
      .filter(({ kind }) => kind === 'point')
      .sort((a, b) => (key(a) < key(b) ? -1 : 1))
  }

  addSet(name: string, states: readonly string[]): DigitalSet {
    const { dataServer } = this
    const thing = this.#thing(
      'set',
      name,
      `${dataServer.path}\\EnumerationSets[${name}]`,
      'MSD',
      dataServer.name,
      [guidOf(`set ${name}`)],
    )
    const set: DigitalSet = { ...thing, kind: 'set', states: [...states] }
    this.#know(set)
    this.sets.set(name.toUpperCase(), set)
    return set
  }

  addPoint(name: string, options: SimulatedPoint): Stream {
    const set = options.digitalSet === undefined ? undefined : this.sets.get(options.digitalSet.toUpperCase())
    const type =
      options.type ??
      (set !== undefined ? 'Digital' : typeof options.value === 'string' ? 'String' : 'Float64')
    const id = ++this.#points
    const path = `${this.dataServer.path}\\${name}`
    const thing = this.#thing('point', name, path, 'DP', this.dataServer.name, [pointNumber(id)])
    const step = options.step ?? (type === 'Digital' || type === 'String')
    const stream: Stream = {
      ...thing,
      kind: 'point',
      id,
      type,
      units: options.units ?? '',
      description: options.description ?? '',
      set,
      future: options.future ?? false,
      fixed: false,
      parent: undefined,
      archive: new Archive(step),
    }
    this.#addStream(stream, options.value)
    return stream
  }

  /** `Database\Element\Element|Attribute`. */
  addAttribute(path: string, options: SimulatedAttribute): Stream {
    const [elements = '', ...names] = path.split('|')
    const name = names.join('|')
    const parts = elements.split('\\').filter((part) => part !== '')
    if (parts.length < 2 || name === '')
      throw new InvalidArgumentError(
        `an attribute of the simulator is called Database\\Element|Attribute, not ${JSON.stringify(path)}`,
      )
    const parent = this.#element(parts)
    const whole = `${parent.path}|${name}`
    const own = [...parent.identity.own.slice(-1), guidOf(whole)]
    const { value } = options
    const type =
      options.type ??
      (typeof value === 'string' ? 'String' : typeof value === 'boolean' ? 'Boolean' : 'Double')
    const stream: Stream = {
      ...this.#thing('attribute', names.at(-1) ?? '', whole, 'AbE', this.assetServer.name, own),
      kind: 'attribute',
      id: 0,
      type,
      units: options.units ?? '',
      description: options.description ?? '',
      set: undefined,
      future: false,
      fixed: options.static ?? false,
      parent,
      archive: new Archive(type !== 'Double'),
    }
    this.#addStream(stream, value)
    return stream
  }

  remove(stream: Stream): void {
    this.streams.delete(stream.path.toUpperCase())
    for (const form of idForms) this.#byId.delete(idText(stream.identity, form))
  }

  /** The stream that a user of the simulator means: a tag, a path with or without its server, or a WebID. */
  streamOf(ref: string): Stream {
    const path = ref.replaceAll('/', '\\').toUpperCase()
    const found =
      this.pointAt(ref) ??
      this.streams.get(path) ??
      this.streams.get(`${this.assetServer.path}\\${path}`.toUpperCase()) ??
      this.find(ref)
    if (found === undefined || !('archive' in found))
      throw new InvalidArgumentError(`the simulator has no stream ${JSON.stringify(ref)}`)
    return found as Stream
  }

  #element([database = '', ...rest]: readonly string[]): Thing {
    const server = this.assetServer
    let parent = this.databases.get(database.toUpperCase())
    if (parent === undefined) {
      const path = `${server.path}\\${database}`
      parent = this.#thing('database', database, path, 'RD', server.name, [guidOf(path)])
      this.databases.set(database.toUpperCase(), parent)
    }
    for (const name of rest) {
      const path: string = `${parent.path}\\${name}`
      let element = this.elements.get(path.toUpperCase())
      if (element === undefined) {
        element = this.#thing('element', name, path, 'Em', server.name, [guidOf(path)])
        this.elements.set(path.toUpperCase(), element)
      }
      parent = element
    }
    return parent
  }

  #addStream(stream: Stream, value: SimulatedPoint['value']): void {
    this.#know(stream)
    this.streams.set(stream.path.toUpperCase(), stream)
    const at = now()
    const held = value === undefined ? undefined : heldBy(stream, value)
    if (typeof held === 'object' && held !== null && 'wrong' in held)
      throw new InvalidArgumentError(`${stream.name}: ${held.wrong}`)
    if (held === undefined && stream.kind === 'attribute') return
    const created = { ...plain(at, systemState('Pt Created') as State), good: false }
    stream.archive.store(held === undefined ? created : plain(at, held), 'Insert')
  }

  #thing<K extends Thing['kind']>(
    kind: K,
    name: string,
    path: string,
    marker: string,
    server: string,
    own: readonly Buffer[],
  ): Thing & { kind: K } {
    const thing = { kind, name, path, identity: { marker, server: guidOf(`server ${server}`), own, path } }
    this.#know(thing)
    return thing
  }

  #know(thing: Thing): void {
    for (const form of idForms) this.#byId.set(idText(thing.identity, form), thing)
  }
}

/** A value as a stream holds it, or why it cannot. */
export function heldBy(stream: Stream, value: unknown): Held | { readonly wrong: string } {
  if (typeof value === 'object' && value !== null && 'Name' in value) {
    const { Name, IsSystem } = value as { Name: unknown; IsSystem?: unknown }
    if (IsSystem !== true) return heldBy(stream, Name)
    return systemState(String(Name)) ?? { wrong: `"${String(Name)}" is not a state of the system` }
  }
  if (typeof value === 'object') return { wrong: 'the value is not one that a point holds' }
  if (typeof value === 'string' && stream.type !== 'String') {
    const system = systemState(value)
    if (system !== undefined) return system
  }
  if (stream.set !== undefined || stream.type === 'Digital') return stateOf(stream.set, value)
  if (stream.type === 'String') return typeof value === 'string' ? value : `${value as number}`
  if (stream.type === 'Boolean') return typeof value === 'boolean' ? value : Boolean(value)
  const number = typeof value === 'boolean' ? Number(value) : value
  if (typeof number === 'string' && (number.trim() === '' || Number.isNaN(Number(number))))
    return { wrong: `"${number}" is not a number` }
  if (typeof number === 'bigint') return stream.type === 'Int64' ? number : Number(number)
  return numberFor(stream.type, Number(number))
}

function stateOf(set: DigitalSet | undefined, value: unknown): State | { wrong: string } {
  const states = set?.states ?? []
  const code =
    typeof value === 'string'
      ? states.findIndex((one) => one.toLowerCase() === value.toLowerCase())
      : Number(value)
  const name = states[code]
  return name === undefined
    ? { wrong: `${JSON.stringify(value)} is not a state of the set "${set?.name ?? ''}"` }
    : { Name: name, Value: code, IsSystem: false }
}

function numberFor(type: string, value: number): number | { wrong: string } {
  if (type === 'Float32') return Math.fround(value)
  if (type === 'Int32' || type === 'Int16') {
    const most = type === 'Int32' ? 2_147_483_647 : 32_767
    const whole = Math.round(value)
    return whole >= -most - 1 && whole <= most ? whole : { wrong: `${value} does not fit ${type}` }
  }
  return value
}

export function idOf(thing: Thing, form: IdForm): string {
  return idText(thing.identity, form)
}

/** The id that stands in answers: a number for points, a GUID for all else. */
export function plainId(thing: Thing): string | number {
  return 'id' in thing && thing.kind === 'point'
    ? (thing as Stream).id
    : guidText(thing.identity.own.at(-1) ?? thing.identity.server)
}

/** Whether an event is bad because its value is a state of the system. */
export function isSystem({ value }: Pick<Event, 'value'>): boolean {
  return typeof value === 'object' && value !== null && value.IsSystem
}
