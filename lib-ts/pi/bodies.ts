// What is read out of a body, whatever call it answers.
import { PiArgumentError } from './errors.js'

/** Something the server says went wrong, and where in the body it says so. */
export interface BodyError {
  /** `Errors`, `Items[3].Errors`, … */
  readonly path: string
  readonly webId?: string
  /** The place of the value in its list. */
  readonly index?: number
  readonly field?: string
  /** The status of a part: of a 207, or of an entry of a batch. */
  readonly status?: number
  readonly messages: readonly string[]
}

type Json = Readonly<Record<string, unknown>>

const isObject = (x: unknown): x is Json => typeof x === 'object' && x !== null && !Array.isArray(x)

const textList = (x: unknown): string[] =>
  (Array.isArray(x) ? (x as unknown[]) : [x]).filter(
    (one): one is string => typeof one === 'string' && one !== '',
  )

/** The `WebException` of a body, when there is one: the server began with 200 and failed then. */
export function webExceptionOf(body: unknown): { status: number | undefined } | undefined {
  if (!isObject(body)) return undefined
  const exception = body['WebException']
  if (!isObject(exception)) return undefined
  const status = exception['StatusCode']
  return { status: typeof status === 'number' ? status : undefined }
}

/**
 * The leaves that dotted paths lead to: `Items.Items.Value` gives nested arrays, one level per list. A missing leaf is an
 * empty array, a leaf that is an object is that object.
 *
 * @throws {@link PiArgumentError} when a path is not text
 * @example
 * select({ Items: [{ Value: 1 }, { Value: 2 }] }, 'Items.Value') // → { 'Items.Value': [ 1, 2 ] }
 */
export function select(body: unknown, ...paths: readonly string[]): Record<string, unknown> {
  const selected: Record<string, unknown> = {}
  for (const path of paths) {
    if (typeof path !== 'string' || path === '') throw new PiArgumentError('select: a path is text')
    Object.defineProperty(selected, path, {
      value: leaf(body, path.split('.'), 0),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return selected
}

function leaf(x: unknown, keys: readonly string[], at: number): unknown {
  if (Array.isArray(x) && at < keys.length) {
    const list = x as readonly unknown[]
    // The last level is nearly all of the work.
    if (at === keys.length - 1) {
      const key = keys[at] as string
      return list.map((item) => (isObject(item) && Object.hasOwn(item, key) ? item[key] : []))
    }
    return list.map((item) => leaf(item, keys, at))
  }
  if (at === keys.length) return x
  const key = keys[at] as string
  return isObject(x) && Object.hasOwn(x, key) ? leaf(x[key], keys, at + 1) : []
}

/**
 * One flat record per value, with `WebId`, `Name`, `Path` and `UnitsAbbreviation` of its stream: of one value, of the
 * values of a stream, or of those of a set of streams.
 *
 * @example
 * rows({ Items: [{ Timestamp: '2026-01-01T00:00:00Z', Value: 1 }] }).length // → 1
 */
export function rows(body: unknown): Record<string, unknown>[] {
  const flat: Record<string, unknown>[] = []
  for (const { stream, values } of streamsOf(body))
    for (const value of values) flat.push({ ...stream, ...value })
  return flat
}

/** The streams of a body with their values. */
export function streamsOf(body: unknown): { stream: Json; values: readonly Json[] }[] {
  if (!isObject(body)) return []
  if (Array.isArray(body['Items'])) {
    const items = (body['Items'] as unknown[]).filter(isObject)
    const nested = items.some((item) => Array.isArray(item['Items']) || isStreamValue(item))
    if (nested) return items.map(ofStream)
    return [{ stream: streamFields(body), values: items.filter((item) => !isNothing(item)).map(valueFields) }]
  }
  if (isStreamValue(body)) return [ofStream(body)]
  return 'Timestamp' in body ? [{ stream: {}, values: [valueFields(body)] }] : []
}

const isStreamValue = (x: Json): boolean => isObject(x['Value']) && 'Timestamp' in x['Value']

const isNothing = (x: Json): boolean => !('Timestamp' in x) && !('Value' in x)

function ofStream(item: Json): { stream: Json; values: readonly Json[] } {
  const list = Array.isArray(item['Items'])
    ? (item['Items'] as unknown[]).filter(isObject)
    : isObject(item['Value'])
      ? [item['Value']]
      : []
  // A summary is a value inside of one that says what it is.
  return { stream: streamFields(item), values: list.map(valueFields) }
}

function streamFields(item: Json): Json {
  const fields: Record<string, unknown> = {}
  for (const key of ['WebId', 'Name', 'Path', 'UnitsAbbreviation'])
    if (typeof item[key] === 'string') fields[key] = item[key]
  return fields
}

function valueFields(item: Json): Json {
  if (!isStreamValue(item)) return item
  return { ...(item['Value'] as Json), ...(item['Type'] === undefined ? {} : { Type: item['Type'] }) }
}

/**
 * Everything in a body that says that something went wrong: `Errors` and `Message` at the top, a `WebException`, errors of
 * single values, the parts of a 207, the entries of a batch.
 *
 * @example
 * errorsOf({ Errors: ['no such point'] }) // → [ { path: 'Errors', messages: [ 'no such point' ] } ]
 */
export function errorsOf(body: unknown): BodyError[] {
  const found: BodyError[] = []
  if (isObject(body)) collect(body, '', {}, found, 0)
  return found
}

type Place = Pick<BodyError, 'webId' | 'index'>

function collect(x: Json, path: string, place: Place, found: BodyError[], depth: number): void {
  if (depth > 8) return
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`)
  const webId = typeof x['WebId'] === 'string' ? { ...place, webId: x['WebId'] } : place
  own(x, at, webId, found)
  for (const key of ['WebException', 'Exception'])
    if (isObject(x[key])) {
      const status = x[key]['StatusCode']
      push(found, at(key), webId, textList(x[key]['Errors']), typeof status === 'number' ? { status } : {})
    }
  if (Array.isArray(x['Items']))
    (x['Items'] as unknown[]).forEach((item, index) => {
      if (isObject(item)) collect(item, `${at('Items')}[${index}]`, { ...webId, index }, found, depth + 1)
    })
  if (isObject(x['Value'])) collect(x['Value'], at('Value'), webId, found, depth + 1)
  if (depth === 0) batchEntries(x, found)
}

function own(x: Json, at: (key: string) => string, place: Place, found: BodyError[]): void {
  const errors = x['Errors']
  if (Array.isArray(errors)) {
    const texts = textList(errors)
    if (texts.length > 0) push(found, at('Errors'), place, texts, {})
    for (const one of (errors as unknown[]).filter(isObject)) {
      const field = one['FieldName']
      push(found, at('Errors'), place, textList(one['Message']), typeof field === 'string' ? { field } : {})
    }
  }
  const status = x['Substatus']
  if (typeof status === 'number') {
    if (status >= 400) push(found, at('Substatus'), place, textList(x['Message']), { status })
  } else if (typeof x['Message'] === 'string' && !('FieldName' in x)) {
    push(found, at('Message'), place, [...textList(x['Message']), ...textList(x['MessageDetail'])], {})
  }
}

/** A batch is an object of entries, each with a status of its own. */
function batchEntries(x: Json, found: BodyError[]): void {
  for (const [id, entry] of Object.entries(x)) {
    if (!isObject(entry) || typeof entry['Status'] !== 'number' || !('Content' in entry)) continue
    const status = entry['Status']
    if (status < 400) continue
    const content = entry['Content']
    const messages = isObject(content)
      ? errorsOf(content).flatMap((error) => error.messages)
      : textList(content)
    push(found, id, {}, messages, { status })
  }
}

function push(
  found: BodyError[],
  path: string,
  place: Place,
  messages: readonly string[],
  more: Pick<BodyError, 'field' | 'status'>,
): void {
  if (messages.length > 0 || more.status !== undefined) found.push({ path, ...place, ...more, messages })
}
