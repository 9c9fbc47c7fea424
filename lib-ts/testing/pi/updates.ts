// Stream updates: a client signs up, and asks for what changed since its marker.
import { timedValue } from './archive.js'
import { Refusal, type Answer, type Call } from './call.js'
import { idOf, type Stream } from './model.js'
import { adHoc } from './streams.js'

type Json = Record<string, unknown>

/** The markers that are valid. */
export class Markers {
  /** Grows when everything is forgotten. */
  #epoch = 1
  readonly #known = new Map<string, { readonly stream: Stream; readonly at: number }>()
  #next = 1

  forget(): void {
    this.#epoch++
    this.#known.clear()
  }

  make(stream: Stream): string {
    const marker = Buffer.from(`${this.#epoch}:${this.#next++}`).toString('base64url')
    this.#known.set(marker, { stream, at: stream.archive.changes.length })
    return marker
  }

  read(marker: string): { readonly stream: Stream; readonly at: number } {
    const known = this.#known.get(marker)
    if (known !== undefined) return known
    const form = /^(\d+):\d+$/.exec(Buffer.from(marker, 'base64url').toString('latin1'))
    if (form === null) throw new Refusal(409, 'The marker is not valid.')
    throw new Refusal(404, 'The updates of this marker are no longer there.')
  }
}

function register(call: Call, markers: Markers, stream: Stream): Json {
  if (stream.fixed) throw new Refusal(409, 'A static attribute has no updates.')
  return {
    ...source(call, stream),
    LatestMarker: markers.make(stream),
    Status: 'Succeeded',
    Links: {},
  }
}

function source(call: Call, stream: Stream): Json {
  return { Source: idOf(stream, call.form), SourceName: stream.name, SourcePath: stream.path }
}

function retrieve(call: Call, markers: Markers, marker: string): Json {
  const { stream, at } = markers.read(marker)
  return {
    ...source(call, stream),
    RequestedMarker: marker,
    LatestMarker: markers.make(stream),
    Status: 'Succeeded',
    Events: stream.archive.changes.slice(at).map(({ event, action }) => ({
      ...timedValue(event, stream.units),
      Action: action,
      PreviousEventAction: 'PreviousEventArchived',
    })),
    Links: {},
  }
}

/** One of many: what fails, fails for itself. */
function each(make: () => Json): Json {
  try {
    return { ...make(), Exception: null }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { Status: 'Failed', Exception: { StatusCode: error.status, Errors: [error.message] } }
  }
}

/** Both ends of stream updates; undefined for another path. */
export function updates(call: Call, markers: Markers): Answer | undefined {
  const [controller, first, second, ...rest] = call.parts
  const { method } = call
  if (rest.length > 0) return undefined
  if (controller === 'streams' && method === 'POST' && first !== undefined && second === 'updates') {
    const body = register(call, markers, call.stream(first))
    return {
      status: 201,
      body,
      headers: { location: `${call.base}/streams/updates/${String(body['LatestMarker'])}` },
    }
  }
  if (controller === 'streams' && method === 'GET' && first === 'updates' && second !== undefined)
    return { status: 200, body: retrieve(call, markers, second) }
  if (controller !== 'streamsets' || first !== 'updates' || second !== undefined) return undefined
  if (method === 'POST') {
    const items = adHoc(call).map((stream) => each(() => register(call, markers, stream)))
    const location = items.map(({ LatestMarker }) => `marker=${String(LatestMarker)}`).join('&')
    return {
      status: 201,
      body: { Links: {}, Items: items },
      headers: { location: `${call.base}/streamsets/updates?${location}` },
    }
  }
  if (method !== 'GET') return undefined
  call.needed('marker')
  const items = call.all('marker').map((marker) => each(() => retrieve(call, markers, marker)))
  return { status: 200, body: { Links: {}, Items: items } }
}
