// Reading and writing streams, one or a set of them.
import { heldBy, idOf, isSystem, type Stream } from './model.js'
import { Archive, timedValue, updateOptions, type Event, type UpdateOption } from './archive.js'
import { Refusal, type Answer, type Call } from './call.js'
import { filtered, filterOf, replaced } from './filter.js'
import { attributesOf, tooMany } from './objects.js'
import { summary, summaryTypes, nothing, type SummaryType } from './summary.js'
import { now, span, stamp, steps, time } from './times.js'

type Json = Record<string, unknown>

const timed = (stream: Stream) => (event: Event) => timedValue(event, stream.units)

/** What each kind of reading gives of one stream: a value, or a list of them. */
const readings: Readonly<Record<string, (call: Call, stream: Stream) => Json | Json[]>> = {
  value(call, stream) {
    const asked = call.text('time')
    const at = asked === undefined ? now() : call.timeOf(asked, 'time')
    const { archive } = stream
    const event = asked === undefined ? (archive.before(at) ?? archive.at(at)) : archive.at(at)
    return timed(stream)(event)
  },
  end(_, stream) {
    const { archive } = stream
    return timed(stream)(archive.events.at(-1) ?? archive.at(now()))
  },
  recorded(call, stream) {
    const most = call.count('maxCount', 1000)
    if (most > call.maxReturned) throw tooMany(call.maxReturned)
    const [from, to] = range(call)
    const boundary = call.text('boundaryType') ?? 'Inside'
    if (call.text('filterExpression') === undefined)
      return stream.archive.recorded(from, to, boundary, most).map(timed(stream))
    const all = stream.archive.recorded(from, to, boundary, Infinity)
    return filtered(call, stream, all).slice(0, most).map(timed(stream))
  },
  interpolated(call, stream) {
    const [from, to] = range(call)
    const width = spanOf(call, 'interval', '1h')
    if ((to - from) / width > BigInt(call.maxReturned)) throw tooMany(call.maxReturned)
    const events: Event[] = []
    for (let at = from; at <= to; at += width) events.push(stream.archive.at(at))
    return filtered(call, stream, events).map(timed(stream))
  },
  interpolatedattimes(call, stream) {
    const events = timesOf(call).map((at) => stream.archive.at(at))
    return filtered(call, stream, events).map(timed(stream))
  },
  plot(call, stream) {
    const [from, to] = range(call)
    return stream.archive.plot(from, to, Math.max(1, call.count('intervals', 24))).map(timed(stream))
  },
  recordedattime(call, stream) {
    return timed(stream)(near(call, stream, call.timeOf(call.needed('time'), 'time')))
  },
  recordedattimes(call, stream) {
    return timesOf(call).map((at) => timed(stream)(near(call, stream, at)))
  },
  summary(call, stream) {
    return summaries(call, stream)
  },
}

/** Whether a name is one of the readings. */
export const isReading = (name: string): boolean => Object.hasOwn(readings, name)

function read(call: Call, name: string, stream: Stream): Json | Json[] {
  return (readings[name] as (call: Call, stream: Stream) => Json | Json[])(call, stream)
}

/** In a set, a stream that has no value at a time says so in its place. */
function readOrErrors(call: Call, name: string, one: Stream): Json | Json[] {
  try {
    return read(call, name, one)
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 404) throw error
    const Errors = [{ FieldName: 'Value', Message: [error.message] }]
    return { Timestamp: stamp(0n), Value: null, UnitsAbbreviation: one.units, Good: false, Errors }
  }
}

function range(call: Call): [bigint, bigint] {
  return [call.time('startTime', '*-1d'), call.time('endTime', '*')]
}

function spanOf(call: Call, name: string, otherwise: string): bigint {
  const text = call.text(name) ?? otherwise
  const width = span(text)
  if (width === undefined || width <= 0n)
    throw new Refusal(400, `The parameter '${name}' is not a span: '${text}'.`)
  return width
}

function timesOf(call: Call): bigint[] {
  call.needed('time')
  return call.all('time').map((text) => call.timeOf(text, 'time'))
}

function near(call: Call, { archive }: Stream, at: bigint): Event {
  const mode = (call.text('retrievalMode') ?? 'Auto').toLowerCase()
  const { events } = archive
  const found = {
    auto: () => archive.at(at),
    interpolated: () => archive.at(at),
    atorbefore: () => archive.before(at),
    before: () => events[archive.firstAt(at) - 1],
    atorafter: () => events[archive.firstAt(at)],
    after: () => events[archive.firstAfter(at)],
    exact: () => (events[archive.firstAt(at)]?.time === at ? events[archive.firstAt(at)] : undefined),
  }[mode]
  if (found === undefined) throw new Refusal(400, `The retrieval mode '${mode}' is not known.`)
  const event = found()
  if (event === undefined) throw new Refusal(404, 'No recorded value was found for this time.')
  return event
}

function summaries(call: Call, stream: Stream): Json[] {
  const [from, to] = range(call)
  const asked = call.all('summaryType').flatMap((text) => text.split(','))
  const types = (asked.length === 0 ? ['Total'] : asked).flatMap((name) => summaryNames(name.trim()))
  const whole = call.text('summaryDuration')
  const width = whole === undefined ? to - from : spanOf(call, 'summaryDuration', '1h')
  const byEvent = (call.text('calculationBasis') ?? 'TimeWeighted').startsWith('EventWeighted')
  const atEnd = call.text('timeType') === 'LatestTime'
  const archive = counted(call, stream, byEvent)
  const items: Json[] = []
  for (let start = from; start < to; start += width) {
    const end = start + width < to ? start + width : to
    for (const type of types) {
      const figure = summary(archive, type, start, end, byEvent)
      items.push({
        Type: type,
        Value: {
          Timestamp: stamp(figure === undefined || atEnd ? (atEnd ? end : start) : figure.time),
          Value: figure?.value ?? nothing,
          UnitsAbbreviation: type === 'Count' || type === 'PercentGood' ? '' : stream.units,
          Good: figure !== undefined,
          Questionable: false,
          Substituted: false,
          Annotated: false,
        },
      })
    }
  }
  return items
}

/** What a filter leaves to count: an event that does not pass is not there, or bad for as long as it held. */
function counted(call: Call, stream: Stream, byEvent: boolean): Archive {
  const { archive } = stream
  const passes = filterOf(call, stream)
  if (passes === undefined) return archive
  const { events } = archive
  return new Archive(
    archive.step,
    byEvent ? events.filter(passes) : events.map((event) => (passes(event) ? event : replaced(event))),
  )
}

function summaryNames(name: string): readonly SummaryType[] {
  if (name === 'All' || name === 'AllForNonNumeric') return summaryTypes
  const found = summaryTypes.find((one) => one.toLowerCase() === name.toLowerCase())
  if (found === undefined) throw new Refusal(400, `The summary type '${name}' is not known.`)
  return [found]
}

/** `streams/{webId}/…` */
export function stream(call: Call): Answer | undefined {
  const [, id = '', name = '', ...rest] = call.parts
  if (rest.length > 0) return undefined
  if (call.method === 'GET' && isReading(name)) {
    const one = call.stream(id)
    const found = read(call, name, one)
    const body = Array.isArray(found) ? { Links: {}, Items: found, UnitsAbbreviation: one.units } : found
    return { status: 200, body }
  }
  if (call.method !== 'POST') return undefined
  if (name === 'value') return written(call, [write(call, call.stream(id), call.body)], true)
  if (name === 'recorded') {
    const one = call.stream(id)
    return written(
      call,
      list(call.body).map((value) => write(call, one, value)),
      false,
    )
  }
  return undefined
}

/** `streamsets/…` and `streamsets/{webId}/…` */
export function streamSet(call: Call): Answer | undefined {
  const [, first = '', second, ...rest] = call.parts
  if (rest.length > 0) return undefined
  const name = second ?? first
  if (call.method === 'POST')
    return second === undefined || isReading(second) ? writeSet(call, name) : undefined
  if (call.method !== 'GET' || !isReading(name)) return undefined
  const streams = second === undefined ? adHoc(call) : attributesOf(call, call.thing(first))
  const items = streams.map((one) => {
    const found = readOrErrors(call, name, one)
    const head = { WebId: idOf(one, call.form), Name: one.name, Path: one.path, Links: {} }
    return Array.isArray(found)
      ? { ...head, UnitsAbbreviation: one.units, Items: found }
      : { ...head, Value: found }
  })
  return { status: 200, body: { Links: {}, Items: items } }
}

/** The streams that a request names one by one. */
export function adHoc(call: Call): Stream[] {
  call.needed('webId')
  return call.all('webId').map((id) => call.stream(id))
}

const list = (body: unknown): unknown[] => {
  if (!Array.isArray(body)) throw new Refusal(400, 'The body is not a list.')
  return body as unknown[]
}

interface Written {
  readonly status: number
  readonly message: string
}

function writeSet(call: Call, name: string): Answer | undefined {
  if (name !== 'value' && name !== 'recorded') return undefined
  const parts = list(call.body).map((item) => {
    const { WebId, Value, Items } = (item ?? {}) as Json
    let one: Stream
    try {
      if (typeof WebId !== 'string') throw new Refusal(400, 'The WebId of an item is missing.')
      one = call.stream(WebId)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const failed = { status: error.status, message: error.message }
      return name === 'value' ? [failed] : list(Items).map(() => failed)
    }
    return name === 'value' ? [write(call, one, Value)] : list(Items).map((value) => write(call, one, value))
  })
  if (name === 'value') return written(call, parts.flat(), false)
  if (parts.flat().every(({ status }) => status < 400)) return written(call, parts.flat(), false)
  return {
    status: 207,
    body: { Links: {}, Items: parts.map((part) => ({ Links: {}, Items: part.map(substatus) })) },
  }
}

const substatus = ({ status, message }: Written): Json => ({ Substatus: status, Message: message })

function written(call: Call, all: readonly Written[], single: boolean): Answer {
  if (all.every(({ status }) => status < 400)) return { status: buffered(call) ? 202 : 204 }
  const [first] = all
  if (single && first !== undefined) throw new Refusal(first.status, first.message)
  return { status: 207, body: { Links: {}, Items: all.map(substatus) } }
}

function buffered(call: Call): boolean {
  const option = call.text('bufferOption') ?? 'BufferIfPossible'
  if (!['BufferIfPossible', 'DoNotBuffer', 'Buffer'].includes(option))
    throw new Refusal(400, `The buffer option '${option}' is not known.`)
  return option !== 'DoNotBuffer'
}

function write(call: Call, one: Stream, body: unknown): Written {
  const option = call.text('updateOption') ?? 'Replace'
  if (!updateOptions.includes(option)) throw new Refusal(400, `The update option '${option}' is not known.`)
  if (typeof body !== 'object' || body === null || !('Value' in body))
    return { status: 400, message: 'The Value is missing.' }
  const { Timestamp, Value, Good, Questionable, Substituted, Annotated } = body as Json
  const at =
    Timestamp === undefined ? now() : typeof Timestamp === 'string' ? time(Timestamp, now()) : undefined
  if (at === undefined) return { status: 400, message: `The Timestamp '${String(Timestamp)}' is not a time.` }
  const value = heldBy(one, Value)
  if (typeof value === 'object' && value !== null && 'wrong' in value)
    return { status: 400, message: `Could not write to '${one.name}': ${value.wrong}.` }
  const event: Event = {
    time: steps(at),
    value,
    good: Good !== false && !isSystem({ value }),
    questionable: Questionable === true,
    substituted: Substituted === true,
    annotated: Annotated === true,
  }
  const wrong = one.archive.store(event, option as UpdateOption)
  return wrong === undefined
    ? { status: 204, message: '' }
    : { status: 409, message: `${one.name}: ${wrong}.` }
}
