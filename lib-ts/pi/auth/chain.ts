import { PiArgumentError } from '../errors.js'
import { GIVE_UP, schemeOf, type PiAuth } from './auth.js'

/**
 * The first of several whose scheme the server names. The first request goes out without credentials, later ones with
 * those that were chosen.
 *
 * @throws {@link PiArgumentError} when one of them is not a {@link PiAuth}
 * @example
 * const auth = chain(negotiate(), basic('me', 'secret'))
 */
export function chain(...auths: readonly PiAuth[]): PiAuth {
  auths.forEach((auth, i) => {
    if (!isAuth(auth)) throw new PiArgumentError(`chain: argument ${i + 1} is not an authentication`)
  })
  if (auths.length === 0) throw new PiArgumentError('chain: there is nothing in it')
  let chosen: PiAuth | undefined
  // Legs of a request before the chosen one took part in it; requests run side by side, and each has a signal of its own.
  const before = new WeakMap<AbortSignal, number>()
  return {
    async headers(context) {
      const { attempt, challenges, signal } = context
      if (attempt === 1) {
        if (chosen === undefined) before.set(signal, 1)
        return chosen === undefined ? {} : chosen.headers(context)
      }
      const fitting = auths.find(({ scheme }) => offers(challenges ?? [], scheme))
      if (fitting === undefined) return GIVE_UP
      if (fitting !== chosen && !before.has(signal)) before.set(signal, attempt - 1)
      chosen = fitting
      return chosen.headers({ ...context, attempt: attempt - (before.get(signal) ?? 0) })
    },
    accepted: (headers, context) => chosen?.accepted?.(headers, context),
  }
}

export function isAuth(x: unknown): x is PiAuth {
  return typeof x === 'object' && x !== null && typeof (x as Partial<PiAuth>).headers === 'function'
}

/** An auth of the user's own that names no scheme fits every challenge. */
function offers(challenges: readonly string[], scheme: string | undefined): boolean {
  return (
    scheme === undefined || challenges.some((one) => schemeOf(one).toLowerCase() === scheme.toLowerCase())
  )
}
