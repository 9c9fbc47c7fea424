import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { PiError, PiNetworkError, PiResponseError } from '../errors.js'
import type { ResponseHeaders } from '../response.js'
import type { Limits } from './limits.js'

const decoders: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: promisify<Buffer, Buffer>(gunzip),
  'x-gzip': promisify<Buffer, Buffer>(gunzip),
  deflate: promisify<Buffer, Buffer>(inflate),
}

/** One answer of the server, whole. */
export interface Exchanged {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly bytes: Buffer
}

type What = { readonly verb: string; readonly url: string }

/** Sends one request and waits for all of its answer. Rejects with our errors, or with what stopped the call. */
export function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  limits: Limits,
  what: What,
): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const { signal } = limits
    let controller: Dispatcher.DispatchController | undefined
    let status = 0
    let headers: ResponseHeaders = {}
    const chunks: Buffer[] = []
    const stop = (): void => {
      signal.removeEventListener('abort', stop)
      controller?.abort(signal.reason as Error)
      reject(signal.reason as Error)
    }
    const done = (): void => signal.removeEventListener('abort', stop)
    if (signal.aborted) {
      reject(signal.reason as Error)
      return
    }
    signal.addEventListener('abort', stop)
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started
        limits.phase = 'headers'
        if (signal.aborted) started.abort(signal.reason as Error)
      },
      onResponseStart(_, code, received) {
        if (code < 200) return // the server is still thinking
        status = code
        headers = received
        limits.phase = 'body'
      },
      onResponseData(_, chunk) {
        chunks.push(chunk)
      },
      onResponseEnd() {
        done()
        resolve({ status, headers, bytes: Buffer.concat(chunks) })
      },
      onResponseError(_, error) {
        done()
        reject(failure(error, limits, what, chunks))
      },
    })
  })
}

/** The body as it was before it was compressed. */
export async function decoded({ headers, bytes }: Exchanged, what: What): Promise<Buffer> {
  const encoding = headers['content-encoding']
  const decode = typeof encoding === 'string' ? decoders[encoding.trim().toLowerCase()] : undefined
  if (decode === undefined || bytes.length === 0) return bytes
  try {
    return await decode(bytes)
  } catch (cause) {
    throw new PiResponseError(`${what.verb} ${what.url}: the answer is cut off or badly compressed`, {
      ...what,
      cause,
    })
  }
}

function failure(error: Error, { phase }: Limits, what: What, chunks: readonly Buffer[]): Error {
  if (error instanceof PiError) return error
  const { code } = error as { code?: string }
  const first = error instanceof AggregateError ? (error.errors[0] as Error | undefined)?.message : undefined
  const text = first ?? (error.message || code || 'the connection broke')
  if (phase === 'body') {
    const begin = Buffer.concat(chunks).toString('utf8').slice(0, 200)
    return new PiResponseError(
      `${what.verb} ${what.url}: the answer is cut off (${text}) after ${JSON.stringify(begin)}`,
      {
        ...what,
        cause: error,
      },
    )
  }
  return networkError(error, text, what)
}

/** What kept a server from being reached. */
export function networkError(error: Error, text: string, what: What): PiNetworkError {
  const { code = '' } = error as { code?: string }
  return new PiNetworkError(`${what.verb} ${what.url}: ${text}`, {
    ...what,
    cause: error,
    hint: hintFor(code),
  })
}

function hintFor(code: string): string | undefined {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'the certificate is for another name: use that in the URL, or give it as tls.servername'
  if (/CERT|SIGNATURE|SELF_SIGNED/.test(code))
    return "the server's certificate is not trusted: give the plant's authority as tls.ca"
  return undefined
}
