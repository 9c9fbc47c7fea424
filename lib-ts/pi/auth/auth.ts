/** What {@link PiAuth.headers} is called with. */
export interface PiAuthContext {
  readonly url: URL
  readonly verb: string
  readonly kind: 'http' | 'websocket'
  /** The server's `WWW-Authenticate` values, after a 401. */
  readonly challenges?: readonly string[]
  /** 1 for the first leg of a request. */
  readonly attempt: number
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
  headers(context: PiAuthContext): Promise<AuthHeaders> | AuthHeaders
  /** The scheme, for {@link chain}: `Negotiate`, `Basic`, `Bearer`. */
  readonly scheme?: string
  /** Gets the headers of the answer that was not a 401: the server's closing token. */
  accepted?(headers: Readonly<Record<string, string | readonly string[] | undefined>>): void
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
