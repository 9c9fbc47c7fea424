import { headers as headersCheck, isPlainObject } from '../../input/index.js'
import { checking, PiArgumentError } from '../errors.js'
import type { ResponseHeaders } from '../response.js'
import { challengesOf, GIVE_UP, type AuthHeaders, type PiAuth, type PiAuthContext } from './auth.js'

const MOST_LEGS = 5

/** What is asked for, and what may stop the asking. */
export interface Asked {
  readonly url: string
  readonly verb: string
  readonly kind: PiAuthContext['kind']
  readonly again?: boolean
  readonly limits: { readonly signal: AbortSignal; or<T>(work: PromiseLike<T>): Promise<T> }
}

/** What a leg needs to know of an answer; that of an upgrade has status 101. */
interface Answer {
  readonly status: number
  readonly headers: ResponseHeaders
}

/**
 * Sends a request or an upgrade, and again for each 401 for which the authentication knows an answer. Gives the last
 * answer: a 401 when it is of no use to go on.
 */
export async function authenticated<A extends Answer>(
  auth: PiAuth | undefined,
  { url, verb, kind, again = false, limits }: Asked,
  once: (own: AuthHeaders) => Promise<A>,
): Promise<A> {
  if (auth === undefined) return once({})
  const { signal } = limits
  let refused: { readonly answer: A; readonly challenges: readonly string[] } | undefined
  for (let attempt = 1; ; attempt++) {
    const named = refused === undefined ? {} : { challenges: refused.challenges }
    const returns = again ? { again } : {}
    const context: PiAuthContext = { url: new URL(url), verb, kind, ...named, ...returns, attempt, signal }
    const own = await limits.or(Promise.resolve(auth.headers(context)))
    if (own === GIVE_UP && refused !== undefined) return refused.answer
    const answer = await once(checked(own))
    if (answer.status !== 401) {
      await limits.or(Promise.resolve(auth.accepted?.(answer.headers, context)))
      return answer
    }
    if (attempt === MOST_LEGS) return answer
    refused = { answer, challenges: challengesOf(answer.headers['www-authenticate']) }
  }
}

/** An authentication of the user's own may give anything; what is wrong is told without showing it, for it may be a secret. */
function checked(own: unknown): AuthHeaders {
  if (!isPlainObject(own)) {
    const given = own === null ? 'null' : typeof own
    throw new PiArgumentError(`auth: headers() gives an object with a text per header, not ${given}`)
  }
  return checking(() => headersCheck(own, 'auth'))
}
