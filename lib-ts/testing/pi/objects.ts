// Points, attributes, elements, servers and digital sets.
import { Refusal, type Answer, type Call } from './call.js'
import { idOf, plainId, type DigitalSet, type SimulatedPoint, type Stream, type Thing } from './model.js'
import { stamp, now } from './times.js'

type Json = Record<string, unknown>

/** An object as the server describes it. */
export function described(call: Call, thing: Thing): Json {
  const webId = idOf(thing, call.form)
  const common = { WebId: webId, Id: plainId(thing), Name: thing.name, Path: thing.path }
  const link = (path: string): string => `${call.base}/${path}`
  switch (thing.kind) {
    case 'point':
      return { ...common, ...pointFields(thing as Stream), Links: streamLinks(link, 'points', webId) }
    case 'attribute':
      return {
        ...common,
        Id: plainId(thing),
        ...attributeFields(thing as Stream),
        Links: streamLinks(link, 'attributes', webId),
      }
    case 'element':
      return {
        ...common,
        Description: '',
        TemplateName: '',
        HasChildren: true,
        CategoryNames: [],
        Links: { Self: link(`elements/${webId}`), Attributes: link(`elements/${webId}/attributes`) },
      }
    case 'set':
      return { ...common, Description: '', Links: { Self: link(`enumerationsets/${webId}`) } }
    case 'dataServer':
    case 'assetServer':
      return {
        ...common,
        IsConnected: true,
        ServerVersion: '3.4.440.477',
        ServerTime: stamp(now()),
        Links: { Self: link(`${thing.kind.toLowerCase()}s/${webId}`) },
      }
    case 'database':
      return {
        ...common,
        Description: '',
        ExtendedProperties: {},
        Links: { Self: link(`assetdatabases/${webId}`) },
      }
  }
}

function pointFields(point: Stream): Json {
  return {
    Descriptor: point.description,
    PointClass: 'classic',
    PointType: point.type,
    DigitalSetName: point.set?.name ?? '',
    EngineeringUnits: point.units,
    Span: 100,
    Zero: 0,
    Step: point.archive.step,
    Future: point.future,
    DisplayDigits: -5,
  }
}

function attributeFields(attribute: Stream): Json {
  return {
    Description: attribute.description,
    Type: attribute.type,
    TypeQualifier: '',
    DefaultUnitsName: attribute.units,
    DefaultUnitsNameAbbreviation: attribute.units,
    DisplayDigits: -5,
    DataReferencePlugIn: attribute.fixed ? '' : 'PI Point',
    ConfigString: '',
    IsConfigurationItem: false,
    IsExcluded: false,
    IsHidden: false,
    IsManualDataEntry: false,
    HasChildren: false,
    CategoryNames: [],
    Step: attribute.archive.step,
    TraitName: '',
    Span: 100,
    Zero: 0,
  }
}

function streamLinks(link: (path: string) => string, controller: string, webId: string): Json {
  return {
    Self: link(`${controller}/${webId}`),
    Value: link(`streams/${webId}/value`),
    RecordedData: link(`streams/${webId}/recorded`),
    InterpolatedData: link(`streams/${webId}/interpolated`),
    PlotData: link(`streams/${webId}/plot`),
    SummaryData: link(`streams/${webId}/summary`),
    EndValue: link(`streams/${webId}/end`),
  }
}

/** A page of a list. */
export function page(call: Call, things: readonly Thing[]): Answer {
  const start = call.count('startIndex', 0)
  const most = call.count('maxCount', 1000)
  if (most > call.maxReturned) throw tooMany(call.maxReturned)
  const items = things.slice(start, start + most)
  return {
    status: 200,
    body: { Links: {}, Items: items.map((thing) => described(call, thing)) },
  }
}

export function tooMany(most: number): Refusal {
  return new Refusal(400, `The requested number of values is greater than the maximum allowed (${most}).`)
}

/** `*` and `?` as PI has them, without regard to case. */
export function matches(filter: string | undefined, name: string): boolean {
  if (filter === undefined || filter === '' || filter === '*') return true
  const pattern = filter
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${pattern}$`, 'is').test(name)
}

const notFound = (kind: string, path: string): Refusal =>
  new Refusal(
    404,
    `The ${kind} was not found: '${path}'. It may not exist, or you may not have access to it.`,
  )

/** The thing at a path. */
function at(call: Call, controller: string, path: string): Thing {
  const { model } = call
  const key = path.toUpperCase()
  const places: Readonly<Record<string, () => Thing | undefined>> = {
    points: () => ofKind(model.streams.get(key), 'point'),
    attributes: () => ofKind(model.streams.get(key), 'attribute'),
    elements: () => model.elements.get(key),
    assetdatabases: () => [...model.databases.values()].find((one) => one.path.toUpperCase() === key),
    dataservers: () => (model.dataServer.path.toUpperCase() === key ? model.dataServer : undefined),
    assetservers: () => (model.assetServer.path.toUpperCase() === key ? model.assetServer : undefined),
    enumerationsets: () => [...model.sets.values()].find((one) => one.path.toUpperCase() === key),
  }
  const found = places[controller]?.()
  if (found === undefined) throw notFound(controller.replace(/s$/, ''), path)
  return found
}

function ofKind(stream: Stream | undefined, kind: string): Stream | undefined {
  return stream?.kind === kind ? stream : undefined
}

const kindsOf: Readonly<Record<string, Thing['kind']>> = {
  points: 'point',
  attributes: 'attribute',
  elements: 'element',
  assetdatabases: 'database',
  dataservers: 'dataServer',
  assetservers: 'assetServer',
  enumerationsets: 'set',
}

/** Whether a controller is one of these. */
export const isObjects = (controller: string): boolean => controller in kindsOf

/** Several by WebID or path; each is answered for itself. */
function multiple(call: Call, controller: string): Answer {
  const one = (identifier: string, type: string, find: () => Thing): Json => {
    try {
      return {
        Identifier: identifier,
        IdentifierType: type,
        Object: described(call, find()),
        Exception: null,
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return {
        Identifier: identifier,
        IdentifierType: type,
        Object: null,
        Exception: { Errors: [error.message] },
      }
    }
  }
  const items = [
    ...call.all('webId').map((id) => one(id, 'WebId', () => call.thing(id))),
    ...call.all('path').map((path) => one(path, 'Path', () => at(call, controller, path))),
  ]
  return {
    status: items.some(({ Exception }) => Exception !== null) ? 207 : 200,
    body: { Links: {}, Items: items },
  }
}

/** Everything below a controller of objects; undefined when there is no such path. */
export function objects(call: Call): Answer | undefined {
  const [controller = '', id, below, ...rest] = call.parts
  const { model, method } = call
  if (id === undefined && method === 'GET') {
    const path = call.text('path')
    if (path !== undefined) return { status: 200, body: described(call, at(call, controller, path)) }
    const name = call.text('name')
    const all =
      controller === 'dataservers'
        ? [model.dataServer]
        : controller === 'assetservers'
          ? [model.assetServer]
          : []
    if (name !== undefined && all.length > 0) {
      const named = all.find((one) => one.name.toLowerCase() === name.toLowerCase())
      if (named === undefined) throw notFound('server', name)
      return { status: 200, body: described(call, named) }
    }
    if (all.length > 0)
      return { status: 200, body: { Links: {}, Items: all.map((one) => described(call, one)) } }
    throw new Refusal(400, "The parameter 'path' is required.")
  }
  if (id === undefined) return undefined
  if (id === 'multiple' && method === 'GET') return multiple(call, controller)
  const thing = call.thing(id)
  if (thing.kind !== kindsOf[controller])
    throw new Refusal(400, `The WebID is not that of one of the ${controller}.`)
  if (below === undefined) return itself(call, thing)
  return rest.length === 0 || controller === 'points' ? under(call, thing, below, rest) : undefined
}

function itself(call: Call, thing: Thing): Answer | undefined {
  if (call.method === 'GET') return { status: 200, body: described(call, thing) }
  if (thing.kind !== 'point') return undefined
  const point = thing as Stream
  if (call.method === 'DELETE') {
    call.model.remove(point)
    return { status: 204 }
  }
  if (call.method !== 'PATCH') return undefined
  const { EngineeringUnits, Descriptor } = fields(call.body)
  if (typeof EngineeringUnits === 'string') point.units = EngineeringUnits
  if (typeof Descriptor === 'string') point.description = Descriptor
  return { status: 204 }
}

function under(call: Call, thing: Thing, below: string, rest: readonly string[]): Answer | undefined {
  const { model, method } = call
  switch (`${method} ${thing.kind} ${below}`) {
    case 'GET dataServer points':
      return page(
        call,
        model.points.filter(({ name }) => matches(call.text('nameFilter'), name)),
      )
    case 'POST dataServer points':
      return createPoint(call)
    case 'GET dataServer enumerationsets':
      return {
        status: 200,
        body: { Links: {}, Items: [...model.sets.values()].map((set) => described(call, set)) },
      }
    case 'POST dataServer enumerationsets':
      return createSet(call)
    case 'GET set enumerationvalues':
      return { status: 200, body: { Links: {}, Items: statesOf(call, thing as DigitalSet) } }
    case 'POST set enumerationvalues':
      return createState(call, thing as DigitalSet)
    case 'GET point attributes':
      return pointAttributes(call, thing as Stream, rest[0])
    case 'GET element attributes':
      return page(call, attributesOf(call, thing))
    case 'GET element elements':
    case 'GET database elements':
      return page(call, childrenOf(call, thing))
    case 'GET assetServer assetdatabases':
      return page(call, [...model.databases.values()])
    default:
      return undefined
  }
}

/** The attributes of an element, those that the filters name. */
export function attributesOf(call: Call, element: Thing): Stream[] {
  const deep = call.flag('searchFullHierarchy', false)
  return [...call.model.streams.values()].filter(
    ({ parent, name }) =>
      parent !== undefined &&
      (parent.path === element.path || (deep && parent.path.startsWith(`${element.path}\\`))) &&
      matches(call.text('nameFilter'), name),
  )
}

function childrenOf(call: Call, parent: Thing): Thing[] {
  const deep = call.flag('searchFullHierarchy', false)
  return [...call.model.elements.values()].filter(({ path, name }) => {
    const inside = path.startsWith(`${parent.path}\\`) ? path.slice(parent.path.length + 1) : ''
    return inside !== '' && (deep || !inside.includes('\\')) && matches(call.text('nameFilter'), name)
  })
}

function pointAttributes(call: Call, point: Stream, name: string | undefined): Answer {
  const all = Object.entries({
    tag: point.name,
    pointid: point.id,
    pointtype: point.type,
    descriptor: point.description,
    engunits: point.units,
    digitalset: point.set?.name ?? '',
    step: point.archive.step,
  }).map(([key, value]) => ({ Name: key, Value: value, Links: {} }))
  if (name !== undefined) {
    const found = all.find((one) => one.Name === name.toLowerCase())
    if (found === undefined) throw notFound('point attribute', name)
    return { status: 200, body: found }
  }
  return {
    status: 200,
    body: { Links: {}, Items: all.filter((one) => matches(call.text('nameFilter'), one.Name)) },
  }
}

const fields = (body: unknown): Json => (typeof body === 'object' && body !== null ? (body as Json) : {})

const TYPES = ['Float64', 'Float32', 'Int32', 'Int16', 'Digital', 'String']
const BAD_NAME = /[*'?;{}[\]|\\`"\u0000-\u001f]/

function createPoint(call: Call): Answer {
  const { Name, PointType, DigitalSetName, EngineeringUnits, Descriptor, Step, Future } = fields(call.body)
  if (typeof Name !== 'string' || Name === '') throw new Refusal(400, 'The Name of the point is required.')
  if (BAD_NAME.test(Name)) throw new Refusal(400, `The name '${Name}' holds characters that are not allowed.`)
  if (typeof PointType !== 'string' || !TYPES.includes(PointType))
    throw new Refusal(400, `The PointType '${String(PointType)}' is not known.`)
  if (call.model.pointAt(Name) !== undefined) throw new Refusal(409, `The point '${Name}' exists already.`)
  const digitalSet = typeof DigitalSetName === 'string' && DigitalSetName !== '' ? DigitalSetName : undefined
  if (PointType === 'Digital' && (digitalSet === undefined || !call.model.sets.has(digitalSet.toUpperCase())))
    throw new Refusal(400, `The digital set '${digitalSet ?? ''}' was not found.`)
  const point = call.model.addPoint(Name, {
    type: PointType as NonNullable<SimulatedPoint['type']>,
    digitalSet,
    units: typeof EngineeringUnits === 'string' ? EngineeringUnits : undefined,
    description: typeof Descriptor === 'string' ? Descriptor : undefined,
    step: typeof Step === 'boolean' ? Step : undefined,
    future: typeof Future === 'boolean' ? Future : undefined,
  })
  return { status: 201, headers: { location: `${call.base}/points/${idOf(point, call.form)}` } }
}

function createSet(call: Call): Answer {
  const { Name } = fields(call.body)
  if (typeof Name !== 'string' || Name === '') throw new Refusal(400, 'The Name of the set is required.')
  if (call.model.sets.has(Name.toUpperCase())) throw new Refusal(409, `The set '${Name}' exists already.`)
  const set = call.model.addSet(Name, [])
  return { status: 201, headers: { location: `${call.base}/enumerationsets/${idOf(set, call.form)}` } }
}

function statesOf(call: Call, set: DigitalSet): Json[] {
  return set.states.map((state, code) => ({
    WebId: idOf(set, call.form),
    Name: state,
    Description: '',
    Value: code,
    Path: `${set.path}\\${state}`,
    Links: {},
  }))
}

function createState(call: Call, set: DigitalSet): Answer {
  const { Name, Value } = fields(call.body)
  if (typeof Name !== 'string' || Name === '') throw new Refusal(400, 'The Name of the state is required.')
  const code = typeof Value === 'number' ? Value : set.states.length
  if (set.states[code] !== undefined) throw new Refusal(409, `The set has a state ${code} already.`)
  if (code !== set.states.length)
    throw new Refusal(400, `The next state of the set is ${set.states.length}, not ${code}.`)
  set.states.push(Name)
  return { status: 201, headers: { location: `${call.base}/enumerationvalues/${idOf(set, call.form)}` } }
}
