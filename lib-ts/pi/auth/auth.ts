/** What {@link PiAuth.headers} is called with. */
export interface PiAuthContext {
  readonly url: URL
  readonly verb: string
  readonly kind: 'http' | 'websocket'
  /** The server's `WWW-Authenticate` values, after a 401. */
  readonly challenges?: readonly string[]
  /** 1 for the first leg of a request. */
  readonly attempt: number
  /** A channel comes back that was open before: what is kept may have run out meanwhile. */
  readonly again?: boolean
  readonly signal: AbortSignal
}

/** Headers that say who we are. */
export type AuthHeaders = Readonly<Record<string, string>>

/**
 * Who we are to the server: asked once for each request, and once more for each 401, with the server's challenges. All
 * legs of a request use one connection.
 *
 * @example
 * const ticket: PiAuth = { headers: ({ attempt }) => ({ authorization: `Ticket ${attempt}` }) }
 */
export interface PiAuth {
  /** The headers of one leg. */
  headers(context: PiAuthContext): Promise<AuthHeaders> | AuthHeaders
  /** The scheme, for {@link chain}: `Negotiate`, `Basic`, `Bearer`. */
  readonly scheme?: string
  /**
   * Gets the headers of the answer that was not a 401, with the server's closing token, and the context of the last leg.
   * It is waited for; when it throws or rejects, so does the call.
   */
  accepted?(
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
    context: PiAuthContext,
  ): unknown
}

/** What an auth gives that knows that asking again is of no use: a wrong password sent five times locks an account. */
export const GIVE_UP: AuthHeaders = Object.freeze({})

/** The challenges of the `WWW-Authenticate` headers, one each. */
export function challengesOf(header: string | readonly string[] | undefined): string[] {
  const challenges: string[] = []
  for (const value of typeof header === 'string' ? [header] : (header ?? [])) {
    for (const part of partsOf(value)) {
      // A parameter belongs to the challenge before it.
      if (/^[\w-]+\s*=/.test(part) && !/^[\w-]+\s*=+\s*$/.test(part) && challenges.length > 0)
        challenges.push(`${challenges.pop() ?? ''}, ${part}`)
      else challenges.push(part)
    }
  }
  return challenges
}

/** Split at commas outside of quotes. */
function partsOf(value: string): string[] {
  return (value.match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g) ?? [])
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** The word a challenge begins with. */
export function schemeOf(challenge: string): string {
  return /^[^\s,]+/.exec(challenge)?.[0] ?? ''
}

/** The token of a challenge, `Negotiate YII…`; undefined when it has none or names parameters. */
export function tokenOf(challenge: string): string | undefined {
  return /^[^\s,]+\s+([A-Za-z0-9+/._~-]+=*)$/.exec(challenge)?.[1]
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Headers as they may be shown: the tokens of challenges are for the authentication alone. */
export function withoutTokens(headers: Headers): Headers {
  const given = headers['www-authenticate']
  if (given === undefined) return headers
  const shown = challengesOf(given).map((one) => (tokenOf(one) === undefined ? one : schemeOf(one)))
  return { ...headers, 'www-authenticate': shown.length === 1 ? shown[0] : shown }
}
