import { InfluxError } from './errors.js'
import type { Api, Auth } from './options.js'

/** Credentials, as they go with each request. */
export interface Credentials {
  /** The value of the Authorization header. */
  header(fresh: boolean): Promise<string | undefined> | string | undefined
  /** What goes into the URL. */
  readonly query: Readonly<Record<string, string>>
  /** Whether asking again after a 401 may help. */
  readonly renewable: boolean
}

/** A token's default scheme: v2 has its own, v1 takes JSON web tokens, v3 either. */
export function credentials(auth: Auth | undefined, api: Api): Credentials {
  if (auth === undefined) return { header: () => undefined, query: {}, renewable: false }
  if ('token' in auth) {
    const { token, scheme = api === 'v2' ? 'Token' : 'Bearer' } = auth
    if (typeof token === 'string') return { header: () => `${scheme} ${token}`, query: {}, renewable: false }
    return {
      header: async () => `${scheme} ${await fetched(token)}`,
      query: {},
      renewable: true,
    }
  }
  const { username, password, via = 'header' } = auth
  if (via === 'query')
    return { header: () => undefined, query: { u: username, p: password }, renewable: false }
  const header = `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
  return { header: () => header, query: {}, renewable: false }
}

/** What a user's function returns; not shown when it is no token, for it may be a secret all the same. */
async function fetched(ask: () => string | Promise<string>): Promise<string> {
  let token: unknown
  try {
    token = await ask()
  } catch (cause) {
    throw new InfluxError('the token function failed', { code: 'ERR_INFLUX_AUTH', cause })
  }
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token
  throw new InfluxError('the token function must return visible ASCII text without spaces', {
    code: 'ERR_INFLUX_AUTH',
  })
}
