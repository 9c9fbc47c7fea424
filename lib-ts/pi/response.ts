import { escapeLine } from '../input/index.js'
import { challengesOf, schemeOf } from './auth/auth.js'
import { PiAuthError, PiHttpError, PiResponseError, type PiErrorDetails } from './errors.js'
import { errorsOf, rows, select, webExceptionOf, type BodyError } from './bodies.js'

const LONGEST = 2000

/** Headers of an answer, in lower case. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

/** An answer of the server, whatever its status. */
export class PiResponse {
  readonly verb: string
  readonly status: number
  readonly url: string
  readonly headers: ResponseHeaders
  /** JSON as objects, text that is not JSON as text, a file as bytes; undefined when there was none. */
  readonly body: unknown

  constructor(details: Pick<PiResponse, 'verb' | 'status' | 'url' | 'headers' | 'body'>) {
    this.verb = details.verb
    this.status = details.status
    this.url = details.url
    this.headers = details.headers
    this.body = details.body
  }

  /** Whether the status is 2xx and the body carries no `WebException`. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300 && webExceptionOf(this.body) === undefined
  }

  /** See {@link select}. */
  select(...paths: readonly string[]): Record<string, unknown> {
    return select(this.body, ...paths)
  }

  /** See {@link rows}. */
  rows(): Record<string, unknown>[] {
    return rows(this.body)
  }

  /** See {@link errorsOf}. */
  errors(): BodyError[] {
    return errorsOf(this.body)
  }

  /**
   * This response, when it is {@link ok}.
   *
   * @throws {@link PiAuthError} for 401 and 403, {@link PiResponseError} for a `WebException`, else {@link PiHttpError}
   */
  raiseForStatus(): this {
    if (this.ok) return this
    throw failureOf(this)
  }

  /** A header by its name in lower case; the first one, when there are several. */
  header(name: string): string | undefined {
    const value = this.headers[name]
    return Array.isArray(value) ? value[0] : value
  }
}

function failureOf(response: PiResponse): PiHttpError | PiAuthError | PiResponseError {
  const { verb, url, status, body } = response
  const exception = webExceptionOf(body)
  const errors = textsOf(body)
  const said = errors.length === 0 ? '' : `: ${errors.map((text) => escapeLine(text)).join('; ')}`
  const details = { verb, url, status, errors }
  if (exception !== undefined && status < 400) {
    const inner = exception.status ?? status
    return new PiResponseError(`${verb} ${url} failed with ${inner}${said}`, { ...details, status: inner })
  }
  const message = `${verb} ${url} answered ${status}${said}`
  if (status === 401) return unauthorized(message, details, response)
  if (status === 403) return new PiAuthError(message, 'ERR_PI_FORBIDDEN', details)
  return new PiHttpError(message, {
    ...details,
    hint: hintOf(response, errors),
    retryAfter: waitOf(response.header('retry-after')),
  })
}

/** ms from seconds or a date. */
function waitOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(retryAfter)
    ? Number(retryAfter) * 1000
    : Date.parse(retryAfter) - Date.now()
  return ms > 0 ? ms : undefined
}

function unauthorized(message: string, details: PiErrorDetails, response: PiResponse): PiAuthError {
  const header = response.headers['www-authenticate']
  const schemes = [...new Set(challengesOf(header).map(schemeOf))]
  const offered =
    schemes.length === 0 ? 'the server names no scheme' : `the server offers ${schemes.join(', ')}`
  const kerberos = schemes.some((scheme) => /^(negotiate|kerberos)$/i.test(scheme))
    ? '; for Kerberos look whether there is a ticket (klist), whether the service name (SPN) HTTP/host is registered, and whether a web server between passes the user on (double hop)'
    : ''
  return new PiAuthError(message, 'ERR_PI_AUTH', { ...details, schemes, hint: offered + kerberos })
}

function hintOf({ status, headers, body }: PiResponse, errors: readonly string[]): string | undefined {
  if (status >= 300 && status < 400) {
    const to = headers['location']
    return `it redirects to ${escapeLine(String(to).slice(0, 200))}, and credentials stay with the server they are for`
  }
  if (status === 400 && typeof body === 'string' && /invalid url/i.test(body))
    return 'a part of the path is too long for Windows: use ID-only WebIDs'
  if (status === 400 && errors.some((text) => /x-requested-with/i.test(text)))
    return 'something between removes the header X-Requested-With'
  if (status === 414) return 'the URL is too long: lower maxUrlBytes'
  return undefined
}

/** What the server says in words. */
function textsOf(body: unknown): string[] {
  if (typeof body === 'string') {
    const title = /<title>([^<]*)<\/title>/i.exec(body)?.[1]
    const text = (title ?? body).replace(/\s+/g, ' ').trim()
    return text === '' ? [] : [cut(text.slice(0, 200))]
  }
  return errorsOf(body)
    .flatMap(({ messages }) => messages)
    .map(cut)
    .slice(0, 20)
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
