import { PiError } from './errors.js'
import type { SendOptions } from './http/transport.js'
import type { CallOptions } from './options.js'
import type { PiResponse } from './response.js'

/** What {@link PiWebApi.check} found. */
export interface PiCheck {
  /** Nothing is wrong. */
  readonly ok: boolean
  readonly product?: string
  readonly version?: string
  /** The account that the server takes us for. */
  readonly user?: string
  readonly dataServers: readonly string[]
  /** Whether the server refuses writes without X-Requested-With; undefined when it could not be seen. */
  readonly csrf?: boolean
  readonly problems: readonly { readonly what: string; readonly hint: string }[]
}

type Send = (verb: string, path: string, options: SendOptions, body?: unknown) => Promise<PiResponse>
type Json = Readonly<Record<string, unknown>>
type Problems = { what: string; hint: string }[]

/** Looks at the server without changing anything. Never rejects, but for an abort. */
export async function checkServer(send: Send, options: CallOptions): Promise<PiCheck> {
  const problems: Problems = []
  const ask = async (path: string): Promise<Json> => {
    try {
      return asObject((await send('GET', path, options)).raiseForStatus().body)
    } catch (error) {
      options.signal?.throwIfAborted()
      problems.push(problemOf(error))
      return {}
    }
  }
  const landing = await ask('system')
  // What is wrong with the way to the server is wrong for all calls.
  if (problems.length > 0) return { ok: false, dataServers: [], problems }
  const [{ Name }, servers] = await Promise.all([ask('system/userinfo'), ask('dataservers')])
  const items = Array.isArray(servers['Items']) ? (servers['Items'] as unknown[]).map(asObject) : []
  for (const item of items)
    if (item['IsConnected'] === false)
      problems.push({
        what: `PI Web API is not connected to the data server ${String(item['Name'])}`,
        hint: 'its service may be down, or the account of PI Web API has no mapping there',
      })
  if (landing['ProductTitle'] === undefined)
    problems.push({ what: 'the answer of system is not that of PI Web API', hint: 'look at the URL' })
  const csrf = await asksForHeader(send, options)
  return {
    ok: problems.length === 0,
    ...textField('product', landing['ProductTitle']),
    ...textField('version', landing['ProductVersion']),
    ...textField('user', Name),
    dataServers: items.map((item) => String(item['Name'])),
    ...(csrf === undefined ? {} : { csrf }),
    problems,
  }
}

/** An empty batch does nothing, and is refused like any write when the header is missing. */
async function asksForHeader(send: Send, options: CallOptions): Promise<boolean | undefined> {
  try {
    const response = await send('POST', 'batch', { ...options, bare: true }, {})
    if (response.status === 401 || response.status === 403) return undefined
    return (
      response.status >= 400 && /requested-with|csrf|cross-site/i.test(JSON.stringify(response.body ?? ''))
    )
  } catch {
    options.signal?.throwIfAborted()
    return undefined
  }
}

function problemOf(error: unknown): { what: string; hint: string } {
  if (!(error instanceof PiError)) return { what: String(error), hint: 'this was not expected' }
  const what = error.message
  switch (error.code) {
    case 'ERR_PI_AUTH':
      return { what, hint: error.hint ?? 'give option "auth"' }
    case 'ERR_PI_FORBIDDEN':
      return { what, hint: 'the account is known, and has no rights here' }
    case 'ERR_PI_NETWORK':
    case 'ERR_PI_TIMEOUT':
      return { what, hint: error.hint ?? 'look at host and port of the URL, at firewalls and at the proxy' }
    default:
      return { what, hint: 'does the URL end with /piwebapi, or whatever the server is installed as?' }
  }
}

const asObject = (x: unknown): Json => (typeof x === 'object' && x !== null ? (x as Json) : {})

function textField<K extends string>(key: K, value: unknown): Partial<Record<K, string>> {
  return typeof value === 'string' ? ({ [key]: value } as Partial<Record<K, string>>) : {}
}
