import { bad, flag, isPlainObject, list, quote, readOptions, text, type Check } from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'
import { isHash } from './password.js'
import { patternsCheck } from './patterns.js'
import type { RightsOptions } from './rights.js'

/** Somebody who shows a token. */
export interface TokenOptions extends RightsOptions {
  readonly token: string
  readonly user: string
  /** May end sockets of others. */
  readonly admin?: boolean
}

/** Somebody who knows a password; `hash` is what `hashPassword()` makes of it. */
export interface UserOptions extends RightsOptions {
  readonly user: string
  readonly hash: string
  readonly admin?: boolean
}

/** Who may come in, and what each may do; what is not named is the bridge's. */
export interface AuthOptions {
  readonly tokens?: readonly TokenOptions[] | undefined
  readonly users?: readonly UserOptions[] | undefined
  /** A header with the user's name, which proxies of `trustProxy` set. */
  readonly header?: string | undefined
  /** The rights of users who come by that header. */
  readonly rights?: Readonly<Record<string, RightsOptions>> | undefined
  /** What those may do who show nothing. none. */
  readonly anonymous?: 'read' | 'none' | undefined
}

const rightsChecks = { read: patternsCheck, write: patternsCheck, rpc: patternsCheck }

// Secrets are never shown, also not in the error about one.
const secret: Check<string> = (value, name) => {
  if (typeof value === 'string' && value.length >= 8) return value
  throw new InvalidArgumentError(`option "${name}" is text of at least 8 characters`)
}

const hash: Check<string> = (value, name) => {
  if (typeof value === 'string' && isHash(value)) return value
  throw new InvalidArgumentError(`option "${name}" is what "node-pvxs bridge hash" prints`)
}

const userName: Check<string> = (value, name) => {
  const user = text(value, name)
  if (user === '' || /[\p{Cc}:]/u.test(user)) throw bad(name, 'a name without colons', value)
  return user
}

const token: Check<TokenOptions> = (value) => {
  const read = readOptions(value, { token: secret, user: userName, admin: flag, ...rightsChecks }, 'tokens')
  return whole(read, 'tokens', 'token', 'user') as unknown as TokenOptions
}

const user: Check<UserOptions> = (value) => {
  const read = readOptions(value, { user: userName, hash, admin: flag, ...rightsChecks }, 'users')
  return whole(read, 'users', 'user', 'hash') as unknown as UserOptions
}

function whole<T extends object>(read: T, option: string, ...needed: readonly string[]): T {
  const missing = needed.find((name) => !(name in read))
  if (missing !== undefined)
    throw new InvalidArgumentError(`an entry of option "${option}" lacks "${missing}"`)
  return read
}

const rightsByUser: Check<Readonly<Record<string, RightsOptions>>> = (value, name) => {
  if (!isPlainObject(value)) throw bad(name, 'an object with rights by user', value)
  return Object.fromEntries(
    Object.entries(value).map(([who, rights]) => [who, readOptions(rights, rightsChecks, name)]),
  )
}

const headerName: Check<string> = (value, name) => {
  const header = text(value, name).toLowerCase()
  if (!/^[a-z0-9-]+$/.test(header)) throw bad(name, 'the name of a header', value)
  return header
}

const anonymous: Check<'read' | 'none'> = (value, name) => {
  if (value !== 'read' && value !== 'none') throw bad(name, "'read' or 'none'", value)
  return value
}

export const authCheck: Check<AuthOptions> = (value) => {
  const checks = {
    tokens: list(token),
    users: list(user),
    header: headerName,
    rights: rightsByUser,
    anonymous,
  }
  const read = readOptions(value, checks, 'auth')
  if (read.tokens === undefined && read.users === undefined && read.header === undefined)
    throw new InvalidArgumentError('option "auth" names nobody: give tokens, users or a header')
  for (const entries of [read.tokens, read.users]) {
    const names = entries?.map((entry) => ('token' in entry ? entry.token : entry.user)) ?? []
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined)
      throw new InvalidArgumentError(
        entries === read.users
          ? `option "users" has ${quote(twice)} twice`
          : 'option "tokens" has a token twice',
      )
  }
  return read
}
