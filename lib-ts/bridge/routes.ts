import type { IncomingMessage, ServerResponse } from 'node:http'
import { isPlainObject } from '../input/index.js'
import { version } from '../index.js'
import { BridgeError } from '../pvws/index.js'
import { answer, answerError, answerJson } from './answers.js'
import { api } from './api.js'
import { jsonBody } from './body.js'
import { isLoopback } from './door.js'
import { events } from './events.js'
import { pageCss, pageHtml, pageScript } from './front-page.js'
import type { Shown } from './gate.js'
import { addressOf } from './names.js'
import type { Asked, Place } from './place.js'
import { noRights, rightsOf } from './rights.js'
import { updateOf } from './text1.js'
import { base64Script, pvwsScript } from './web-pages.js'

// ms for the value of a single read.
const READ = 5_000
const LOGIN_BYTES = 4_096

// Scripts, styles and connections of this host alone; nothing inline, no frame around it.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

interface Route {
  readonly methods: readonly string[]
  /** Whether somebody must come in first. */
  readonly login: boolean
  readonly answer: (place: Place, asked: Asked) => unknown
}

const get = (answer: Route['answer'], login = true): Route => ({ methods: ['GET', 'HEAD'], login, answer })

/** The HTTP side: what is asked once. True when the path is ours. */
export function route(place: Place, req: IncomingMessage, res: ServerResponse, target: URL): boolean {
  const found = routeOf(place, target.pathname)
  if (found === undefined) return false
  void run(found, place, req, res, target)
  return true
}

function routeOf({ settings: { path, page } }: Place, pathname: string): Route | undefined {
  if (pathname.startsWith('/api/pv/')) return whole
  if (pathname === '/' || pathname === '/page.js' || pathname === '/page.css')
    return page === undefined ? undefined : front
  const anywhere = Object.hasOwn(atRoot, pathname) ? atRoot[pathname] : undefined
  if (anywhere !== undefined || !pathname.startsWith(`${path}/`)) return anywhere
  const below = pathname.slice(path.length)
  if (Object.hasOwn(atPath, below)) return atPath[below]
  return /^\/socket\/\d+$/.test(below) ? oneSocket : undefined
}

async function run(
  { methods, login, answer: give }: Route,
  place: Place,
  req: IncomingMessage,
  res: ServerResponse,
  target: URL,
): Promise<void> {
  const peer = place.door.peerOf(req) // it is gone with a request that is cut off
  try {
    const { door, gate } = place
    const watched = target.pathname === '/healthz' || target.pathname === '/metrics'
    if (!watched) door.checkHost(req)
    if (allowOrigin(place, req, res) && req.method === 'OPTIONS') return
    if (!methods.includes(req.method ?? '')) {
      res.setHeader('allow', methods.join(', '))
      throw new BridgeError('ERR_BRIDGE_METHOD', `${target.pathname} takes ${methods.join(', ')}`)
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') door.checkOrigin(req)
    await give(place, { req, res, target, who: login ? await gate.who(req) : nobody })
  } catch (error) {
    place.hub.refused('request', peer, error)
    if (!res.headersSent) answerError(res, error)
    else res.destroy()
  }
}

const nobody: Asked['who'] = { user: '', admin: false, rights: noRights }

/** Headers of CORS for pages that may use this bridge, and the answer when they ask first. */
function allowOrigin(
  { door }: Place,
  { headers, method, socket }: IncomingMessage,
  res: ServerResponse,
): boolean {
  const { origin, host } = headers
  if (origin === undefined || !door.allows(origin, host, socket)) return false
  res.setHeader('access-control-allow-origin', origin)
  res.setHeader('access-control-allow-credentials', 'true')
  res.setHeader('vary', 'origin')
  if (method !== 'OPTIONS') return true
  res.writeHead(204, {
    'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '600',
  })
  res.end()
  return true
}

const whole: Route = { methods: ['GET', 'HEAD', 'PUT', 'POST'], login: true, answer: api }

// The page needs no login to be seen: what it shows comes by its socket.
const front = get(({ settings: { page, path } }, { res, target }) => {
  res.setHeader('content-security-policy', POLICY)
  if (target.pathname === '/page.js') answer(res, 200, 'text/javascript', pageScript)
  else if (target.pathname === '/page.css') answer(res, 200, 'text/css', pageCss)
  else answer(res, 200, 'text/html', pageHtml(page ?? {}, `${path.slice(1)}/pv`))
}, false)

const oneSocket: Route = {
  methods: ['GET', 'DELETE'],
  login: true,
  answer: (place, asked) => {
    const { req, res, target, who } = asked
    checkStatus(place, req)
    const id = Number(target.pathname.split('/').at(-1))
    const client = [...place.hub.clients].find(({ socket }) => socket.info.id === id)
    if (client === undefined) throw new BridgeError('ERR_BRIDGE_PATH', `there is no socket ${id}`)
    if (req.method === 'GET') answerJson(res, 200, { id: String(id), pvs: [...client.watched()] })
    else if (!who.admin) throw new BridgeError('ERR_BRIDGE_FORBIDDEN', 'sockets are ended by admin users')
    else {
      client.socket.close(1008, 'ended by an administrator')
      res.writeHead(204).end()
    }
  },
}

const atRoot: Readonly<Record<string, Route>> = {
  '/healthz': get(({ closing, started }, { res }) => {
    answerJson(res, closing ? 503 : 200, { status: closing ? 'closing' : 'ok', since: started.toISOString() })
  }, false),
  '/metrics': get((place, { res }) => {
    answer(res, 200, 'text/plain; version=0.0.4', place.metrics())
  }, false),
  '/login': {
    methods: ['POST'],
    login: false,
    answer: async ({ gate }, { req, res }) => {
      const shown = shownIn(await jsonBody(req, LOGIN_BYTES))
      res.setHeader('set-cookie', await gate.open(req, shown))
      res.writeHead(204).end()
    },
  },
  '/logout': {
    methods: ['POST'],
    login: false,
    answer: ({ gate }, { req, res }) => {
      res.setHeader('set-cookie', gate.close(req))
      res.writeHead(204).end()
    },
  },
}

function shownIn(body: unknown): Shown {
  const { token, user, password } = isPlainObject(body) ? body : {}
  if (typeof token === 'string') return { token }
  if (typeof user === 'string' && typeof password === 'string') return { user, password }
  throw new BridgeError('ERR_BRIDGE_MESSAGE', 'a login is { token } or { user, password }')
}

const atPath: Readonly<Record<string, Route>> = {
  '/info': get(({ settings, started }, { res }) => {
    answerJson(res, 200, {
      start_time: started.toISOString(),
      jre: `Node.js ${process.versions.node}`,
      version: version().package,
      versions: [1, 2],
      write: rightsOf(settings).writes,
    })
  }, false),
  '/summary': get((place, { req, res }) => {
    checkStatus(place, req)
    const sockets = [...place.hub.clients].map((client) => ({
      id: String(client.socket.info.id),
      pvs: client.subscriptions,
      since: new Date(client.socket.info.since).toISOString(),
    }))
    answerJson(res, 200, { sockets })
  }),
  '/socket': get((place, { req, res }) => {
    checkStatus(place, req)
    const sockets = [...place.hub.clients].map((client) => ({
      id: String(client.socket.info.id),
      pvs: [...client.watched()],
    }))
    answerJson(res, 200, { sockets })
  }),
  '/pool': get((place, { req, res }) => {
    checkStatus(place, req)
    answerJson(res, 200, { pvs: place.hub.feeds.list() })
  }),
  '/pvget': get(pvget),
  '/events': get(events),
  '/js/pvws.js': get((_, { res }) => answer(res, 200, 'text/javascript', pvwsScript), false),
  '/js/base64.js': get((_, { res }) => answer(res, 200, 'text/javascript', base64Script), false),
}

async function pvget({ ctx, hub }: Place, { res, target, who }: Asked): Promise<void> {
  const asked = target.searchParams.get('name') ?? ''
  const { kind, name, path } = addressOf(asked, hub.slash)
  if (kind !== 'pva') throw new BridgeError('ERR_BRIDGE_MESSAGE', 'pvget reads PVs of PVAccess')
  await hub.check(who, 'read', name)
  const value = await ctx.get(name, { timeout: READ })
  const update = updateOf(value, path)
  answer(
    res,
    200,
    'application/json',
    `{"type":"update","pv":${JSON.stringify(asked)}${update.meta}${update.value}${update.time},` +
      `"severity":"${update.severity}","readonly":${!who.rights.write(name)}}\n`,
  )
}

/** Behind a proxy on this machine every peer is local: those it names are not. */
function checkStatus({ settings }: Place, { headers, socket }: IncomingMessage): void {
  const proxied = headers['forwarded'] !== undefined || headers['x-forwarded-for'] !== undefined
  const local = isLoopback(socket.remoteAddress ?? '') && !proxied
  if (settings.status === 'all' || (settings.status === 'local' && local)) return
  throw new BridgeError('ERR_BRIDGE_FORBIDDEN', 'the status is not shown here: see the option "status"')
}
