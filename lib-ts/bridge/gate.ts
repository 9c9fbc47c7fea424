import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { BridgeError } from '../pvws/index.js'
import type { Door } from './door.js'
import type { AuthOptions } from './auth-options.js'
import { verifies } from './password.js'
import { readingOnly, rightsOf, type Rights, type RightsOptions } from './rights.js'
import type { Settings } from './options.js'

/** Somebody who came in. */
export interface Who {
  /** '' for who showed nothing. */
  readonly user: string
  readonly admin: boolean
  readonly rights: Rights
}

const COOKIE = 'node-pvxs-bridge'
// ms that a login lasts, and how many there are at most.
const SESSION = 12 * 3_600_000
const MOST_SESSIONS = 10_000
// Wrong credentials of one address within a minute, after which none are looked at.
const GUESSES = 10
const MINUTE = 60_000
// ms for which a password that was right is not derived again.
const REMEMBERED = 300_000

interface Session {
  readonly who: Who
  readonly until: number
}

/** Tells who a request is from, by what it shows: a header of a proxy, a token, a password, or a login. */
export class Gate {
  readonly #auth: AuthOptions | undefined
  readonly #door: Door
  readonly #bridge: Rights
  readonly #tokens: readonly { readonly digest: Buffer; readonly who: Who }[]
  readonly #users: ReadonlyMap<string, { readonly hash: string; readonly who: Who }>
  readonly #sessions = new Map<string, Session>()
  readonly #verified = new Map<string, number>()
  readonly #failures = new Map<string, number[]>()

  constructor({ auth }: Settings, bridge: Rights, door: Door) {
    this.#auth = auth
    this.#door = door
    this.#bridge = bridge
    this.#tokens = (auth?.tokens ?? []).map((entry) => ({
      digest: digestOf(entry.token),
      who: this.#who(entry.user, entry, entry.admin),
    }))
    this.#users = new Map(
      (auth?.users ?? []).map((entry) => [
        entry.user,
        { hash: entry.hash, who: this.#who(entry.user, entry, entry.admin) },
      ]),
    )
  }

  #who(user: string, rights: RightsOptions, admin = false): Who {
    return { user, admin, rights: rightsOf(rights, this.#bridge) }
  }

  /**
   * @throws BridgeError `ERR_BRIDGE_LOGIN` when it shows nothing where something is needed, or something wrong
   * @throws BridgeError `ERR_BRIDGE_RATE` after ten wrong ones within a minute
   */
  async who(req: IncomingMessage): Promise<Who> {
    const auth = this.#auth
    if (auth === undefined) return { user: '', admin: false, rights: this.#bridge }
    const named = this.#byProxy(req, auth)
    if (named !== undefined) return named
    const session = this.#sessionOf(req)
    if (session !== undefined) return session.who
    const shown = shownBy(req)
    if (shown !== undefined) return this.#login(shown, this.#door.peerOf(req))
    if (auth.anonymous === 'read') return { user: '', admin: false, rights: readingOnly(this.#bridge) }
    throw new BridgeError('ERR_BRIDGE_LOGIN', 'who are you? Show a token or a password')
  }

  /** A header that names the user is believed from a proxy that was named, and from nobody else. */
  #byProxy(req: IncomingMessage, { header, rights = {} }: AuthOptions): Who | undefined {
    if (header === undefined || !this.#door.isTrusted(req)) return undefined
    const user = req.headers[header]
    if (typeof user !== 'string' || user === '') return undefined
    return this.#who(user, Object.hasOwn(rights, user) ? (rights[user] ?? {}) : {})
  }

  async #login(shown: Shown, address: string): Promise<Who> {
    this.#checkGuesses(address)
    const who = 'token' in shown ? this.#byToken(shown.token) : await this.#byPassword(shown)
    if (who !== undefined) return who
    const now = Date.now()
    const recent = (this.#failures.get(address) ?? []).filter((time) => now - time < MINUTE)
    this.#failures.set(address, [...recent, now])
    if (this.#failures.size > MOST_SESSIONS) this.#failures.clear()
    throw new BridgeError('ERR_BRIDGE_LOGIN', 'this token or password is not known here')
  }

  #checkGuesses(address: string): void {
    const now = Date.now()
    const recent = (this.#failures.get(address) ?? []).filter((time) => now - time < MINUTE)
    if (recent.length >= GUESSES)
      throw new BridgeError('ERR_BRIDGE_RATE', 'too many wrong tokens or passwords: wait a minute')
  }

  #byToken(token: string): Who | undefined {
    const digest = digestOf(token)
    let found: Who | undefined
    // All are compared, so that the time tells nothing.
    for (const one of this.#tokens) if (timingSafeEqual(one.digest, digest)) found = one.who
    return found
  }

  async #byPassword({ user, password }: Extract<Shown, { user: string }>): Promise<Who | undefined> {
    const entry = this.#users.get(user)
    const key = digestOf(`${user}:${password}`).toString('base64')
    const now = Date.now()
    if (entry !== undefined && (this.#verified.get(key) ?? 0) > now) return entry.who
    // An unknown user costs what a known one does: the time does not tell who there is.
    const hash = entry?.hash ?? [...this.#users.values()][0]?.hash ?? ''
    if (!(await verifies(password, hash)) || entry === undefined) return undefined
    if (this.#verified.size >= MOST_SESSIONS) this.#verified.clear()
    this.#verified.set(key, now + REMEMBERED)
    return entry.who
  }

  /** Takes a token or a password for a cookie: the value of the header `set-cookie`. */
  async open(req: IncomingMessage, shown: Shown): Promise<string> {
    const who = await this.#login(shown, this.#door.peerOf(req))
    if (this.#sessions.size >= MOST_SESSIONS) this.#sessions.delete([...this.#sessions.keys()][0] ?? '')
    const id = randomBytes(24).toString('base64url')
    this.#sessions.set(id, { who, until: Date.now() + SESSION })
    return this.#cookie(req, id, SESSION / 1_000)
  }

  /** Forgets the login of a request; the value of the header `set-cookie`. */
  close(req: IncomingMessage): string {
    const id = cookieOf(req)
    if (id !== undefined) this.#sessions.delete(id)
    return this.#cookie(req, '', 0)
  }

  #cookie(req: IncomingMessage, id: string, seconds: number): string {
    const secure = this.#door.isSecure(req) ? '; Secure' : ''
    return `${COOKIE}=${id}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}${secure}`
  }

  #sessionOf(req: IncomingMessage): Session | undefined {
    const id = cookieOf(req)
    const session = id === undefined ? undefined : this.#sessions.get(id)
    if (session === undefined || id === undefined) return undefined
    if (session.until > Date.now()) return session
    this.#sessions.delete(id)
    return undefined
  }
}

/** What somebody shows. */
export type Shown = { readonly token: string } | { readonly user: string; readonly password: string }

function shownBy({ headers }: IncomingMessage): Shown | undefined {
  const [scheme, text = ''] = (headers.authorization ?? '').split(' ', 2)
  if (scheme?.toLowerCase() === 'bearer') return { token: text }
  if (scheme?.toLowerCase() === 'basic') {
    const [user = '', ...password] = Buffer.from(text, 'base64').toString().split(':')
    return { user, password: password.join(':') }
  }
  // Browsers can set no header of a WebSocket but this one.
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((word) => word.trim())
  const token = offered.find((word) => word.startsWith('token.'))
  return token === undefined ? undefined : { token: Buffer.from(token.slice(6), 'base64url').toString() }
}

function cookieOf({ headers }: IncomingMessage): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2)
    if (name === COOKIE && value !== undefined && value !== '') return value
  }
  return undefined
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
