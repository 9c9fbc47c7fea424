// Which values of a write the server did not take.
import { SinkError } from '../../telemetry/index.js'
import type { PiResponse } from '../response.js'

/** One value that was refused: in which stream of the request, and where in it. */
export interface Refused {
  readonly part: number
  readonly item: number
  readonly status: number
  readonly text: string
}

type Json = Readonly<Record<string, unknown>>

/**
 * What an answer to `streamsets/recorded` refuses; `counts` are the values of each stream that was sent.
 *
 * @throws what {@link PiResponse.raiseForStatus} throws
 */
export function refusals(response: PiResponse, counts: readonly number[]): Refused[] {
  response.raiseForStatus()
  if (response.status !== 207) return []
  const items = itemsOf(response.body)
  if (items?.length !== counts.length) throw unreadable(response)
  return counts.flatMap((count, part) => {
    const item = items[part] as Json | null
    const inner = itemsOf(item)
    if (inner === undefined) {
      // One status for the whole stream.
      const { Substatus, Message } = item ?? {}
      if (typeof Substatus !== 'number') throw unreadable(response)
      return Substatus < 400 ? [] : ofStream(part, count, Substatus, textOf(Message, Substatus))
    }
    if (inner.length !== count) throw unreadable(response)
    return inner.flatMap((one, i): Refused[] => {
      const { Substatus, Message } = (one ?? {}) as Json
      if (typeof Substatus !== 'number') throw unreadable(response)
      return Substatus < 400 ? [] : [{ part, item: i, status: Substatus, text: textOf(Message, Substatus) }]
    })
  })
}

function ofStream(part: number, count: number, status: number, text: string): Refused[] {
  return Array.from({ length: count }, (_, item) => ({ part, item, status, text }))
}

function itemsOf(body: unknown): readonly unknown[] | undefined {
  const items = (body as Json | null | undefined)?.['Items']
  return Array.isArray(items) ? (items as unknown[]) : undefined
}

function textOf(message: unknown, status: number): string {
  const texts = (Array.isArray(message) ? (message as unknown[]) : [message]).filter(
    (one): one is string => typeof one === 'string' && one !== '',
  )
  return texts.length === 0 ? `the server answered ${status}` : texts.join('; ')
}

/** Some were refused, and it does not say which: smaller batches tell. */
function unreadable({ verb, url }: PiResponse): SinkError {
  return new SinkError(`${verb} ${url} answered 207, and not with a status for each value that was sent`, {
    code: 'ERR_PI_RESPONSE',
    split: true,
  })
}
