import { PiArgumentError, PiError } from '../errors.js'
import { GIVE_UP, type PiAuth } from './auth.js'

/**
 * User and password with every request. Never tries Kerberos.
 *
 * @throws {@link PiArgumentError} when one of them is not text
 * @example
 * const pi = new PiWebApi('https://pi.lab/piwebapi', { auth: basic('me', 'secret') })
 */
export function basic(user: string, password: string): PiAuth {
  if (typeof user !== 'string' || user === '') throw new PiArgumentError('basic: the user is text')
  if (user.includes(':'))
    throw new PiArgumentError('basic: the user holds a colon, which basic authentication cannot say')
  if (typeof password !== 'string') throw new PiArgumentError('basic: the password is text')
  // In a closure: an object that is printed shows its fields.
  const authorization = `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`
  return {
    scheme: 'Basic',
    headers: ({ attempt }) => (attempt === 1 ? { authorization } : GIVE_UP),
  }
}

/** A token, or what gives one. */
export type Token = string | ((options: { readonly refresh: boolean }) => string | Promise<string>)

/**
 * A token with every request. A function is asked for it each time, and with `refresh: true` after a 401 and when a
 * channel reconnects.
 *
 * @throws {@link PiArgumentError} when it is neither text nor a function
 * @example
 * const pi = new PiWebApi('https://pi.lab/piwebapi', { auth: bearer(() => process.env.PI_TOKEN ?? '') })
 */
export function bearer(token: Token): PiAuth {
  if (typeof token !== 'string' && typeof token !== 'function')
    throw new PiArgumentError('bearer: the token is text or a function')
  const checked = (value: unknown): string => {
    if (typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)) return value
    // What it is instead is not shown: it may be a secret all the same.
    throw new PiArgumentError('bearer: a token is visible ASCII text without spaces')
  }
  if (typeof token === 'string') {
    const authorization = `Bearer ${checked(token)}`
    return { scheme: 'Bearer', headers: ({ attempt }) => (attempt === 1 ? { authorization } : GIVE_UP) }
  }
  return {
    scheme: 'Bearer',
    async headers({ attempt, again = false }) {
      if (attempt > 2) return GIVE_UP
      let value: unknown
      try {
        value = await token({ refresh: again || attempt === 2 })
      } catch (cause) {
        throw new PiError('bearer: the token function failed', 'ERR_PI_AUTH', { cause })
      }
      return { authorization: `Bearer ${checked(value)}` }
    },
  }
}
