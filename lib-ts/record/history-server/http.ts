// History by HTTP, under the paths of the Archiver Appliance's retrieval.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { quote } from '../../input/index.js'
import { unlessAborted, type History } from '../../telemetry/index.js'
import { Allowance } from './columns.js'
import { QueryFault, UnknownPv } from './fault.js'
import type { Format } from './format.js'
import { HeldBody } from './held-body.js'
import { JsonFormat, sampleJson } from './json-format.js'
import { openReading } from './operate.js'
import { countOf, momentIn, nowNs, rangeOf, type Arguments } from './query.js'
import { RawFormat } from './raw-format.js'
import type { Reading } from './reading.js'
import { searchNames } from './search.js'
import { Stall, StallFault } from './stall.js'

export interface HttpOptions {
  readonly maxSamples: number
  /** ms without progress. */
  readonly timeout: number
}

const ROOT = '/retrieval/'
const LONGEST_BODY = 1024 * 1024

/** What is wrong with a request as HTTP has it. */
class HttpFault extends QueryFault {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: Arguments
  readonly pvs: readonly string[]
  readonly stall: Stall
}

interface Route {
  readonly method: 'GET' | 'POST'
  answer(exchange: Exchange): Promise<void>
}

/** The requests below `/retrieval/`. */
export class RetrievalPaths {
  readonly #store: History
  readonly #options: HttpOptions
  readonly #running = new Set<Stall>()
  readonly #routes: ReadonlyMap<string, Route>

  constructor(store: History, options: HttpOptions) {
    this.#store = store
    this.#options = options
    this.#routes = new Map<string, Route>([
      ['data/getData.json', { method: 'GET', answer: (one) => this.#data(one, new JsonFormat()) }],
      ['data/getData.raw', { method: 'GET', answer: (one) => this.#data(one, new RawFormat()) }],
      ['data/getDataAtTime', { method: 'POST', answer: (one) => this.#atTime(one) }],
      ['bpl/getMatchingPVs', { method: 'GET', answer: (one) => this.#matching(one) }],
    ])
  }

  /** Answers a request; false when it is not ours: nothing was written then. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const target = request.url ?? '/'
    if (!target.startsWith(ROOT)) return false
    void this.#answer(request, response, target)
    return true
  }

  async #answer(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
    using stall = new Stall(this.#options.timeout)
    this.#running.add(stall)
    const gone = (): void => {
      stall.end(new Error('the client went away'))
    }
    response.once('close', gone)
    try {
      const { pathname, searchParams } = new URL(target, 'http://host')
      const route = this.#routes.get(pathname.slice(ROOT.length))
      if (route === undefined) throw new HttpFault(404, `there is nothing at ${quote(pathname)}`)
      if (request.method !== route.method)
        throw new HttpFault(405, `${pathname} takes ${route.method}`, { allow: route.method })
      const query = Object.fromEntries([...searchParams].map(([key, text]) => [key, withPlus(text)]))
      await unlessAborted(
        route.answer({ request, response, query, pvs: searchParams.getAll('pv'), stall }),
        stall.signal,
      )
    } catch (error) {
      refuse(response, stall.signal.aborted ? (stall.signal.reason as Error) : (error as Error))
    } finally {
      response.off('close', gone)
      this.#running.delete(stall)
    }
  }

  async #data({ response, query, pvs, stall }: Exchange, format: Format): Promise<void> {
    if (pvs.length === 0) throw new QueryFault('the parameter "pv" is missing: the name of a PV')
    const span = { ...rangeOf(query), limit: Infinity, boundary: true }
    const allowance = new Allowance(this.#options.maxSamples, Infinity)
    const body = new HeldBody(response, stall, format.contentType)
    await body.write(format.begin())
    for (const pv of pvs) {
      const reading = await this.#opened(pv, () => openReading(this.#store, pv, span, stall.signal), format)
      if (reading === undefined) continue
      try {
        await body.write(format.series(reading.series))
        for await (const batch of reading.batches) {
          allowance.samples(batch, span.from)
          await body.write(format.samples(batch))
        }
      } finally {
        await reading.close()
      }
    }
    await body.write(format.end())
    body.end()
  }

  async #opened(pv: string, open: () => Promise<Reading>, { unknown }: Format): Promise<Reading | undefined> {
    if (pv.trim() === '') throw new QueryFault('"pv" is the name of a PV, not ""')
    try {
      return await open()
    } catch (error) {
      if (error instanceof UnknownPv && unknown === 'nothing') return undefined
      throw error
    }
  }

  async #matching({ response, query, stall }: Exchange): Promise<void> {
    const { pv, regex, limit } = query
    // The Archiver Appliance's word for all of them.
    const most = limit === undefined || limit === '-1' ? Infinity : countOf(limit, 'limit')
    const names = await searchNames(this.#store, { pv, regex }, most, stall.signal)
    sendJson(response, JSON.stringify(names))
  }

  async #atTime({ request, response, query, stall }: Exchange): Promise<void> {
    const time = query['at'] === undefined ? nowNs() : momentIn(query['at'], 'at')
    const names = namesInBody(await bodyOf(request, stall))
    const found = await this.#store.at(names, time, { signal: stall.signal })
    const entries = found.flatMap((sample, i) =>
      sample === null ? [] : [`${JSON.stringify(names[i])}:${sampleJson(sample)}`],
    )
    sendJson(response, `{${entries.join(',\n')}}`)
  }

  /** Ends what runs. */
  close(): void {
    for (const stall of this.#running) stall.end(new HttpFault(503, 'the server is closing'))
  }
}

/** In a query a plus stands for a blank: the one of a zone is meant. */
function withPlus(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\d[T ][\d:.]+) (\d\d:?\d\d)$/, '$1+$2')
}

async function bodyOf(request: IncomingMessage, stall: Stall): Promise<string> {
  const tooLong = new HttpFault(413, `the body is longer than ${LONGEST_BODY} bytes`, { connection: 'close' })
  if (Number(request.headers['content-length'] ?? 0) > LONGEST_BODY) throw tooLong
  const parts: Buffer[] = []
  let size = 0
  const ended = (): void => {
    request.destroy()
  }
  stall.signal.addEventListener('abort', ended)
  try {
    for await (const part of request) {
      size += (part as Buffer).length
      if (size > LONGEST_BODY) throw tooLong
      parts.push(part as Buffer)
    }
  } finally {
    stall.signal.removeEventListener('abort', ended)
  }
  return Buffer.concat(parts).toString()
}

function namesInBody(body: string): string[] {
  let names: unknown
  try {
    names = JSON.parse(body)
  } catch {
    throw new QueryFault('the body is not JSON: a list of names of PVs')
  }
  if (!Array.isArray(names) || names.length === 0 || !names.every((x) => typeof x === 'string' && x !== ''))
    throw new QueryFault('the body is a list of names of PVs, as JSON')
  return [...new Set(names as string[])]
}

function sendJson(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(`${text}\n`)
}

/** An error as the response; when a part of one is under way, the connection is cut. */
function refuse(response: ServerResponse, error: Error): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const [status, headers] = statusOf(error)
  const text = error instanceof QueryFault ? error.message : `the store cannot be read: ${error.message}`
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers })
  response.end(`${text}\n`)
}

function statusOf(error: Error): readonly [number, Readonly<Record<string, string>>] {
  if (error instanceof HttpFault) return [error.status, error.headers]
  if (error instanceof UnknownPv) return [404, {}]
  if (error instanceof StallFault) return [504, {}]
  return [error instanceof QueryFault ? 400 : 500, {}]
}
