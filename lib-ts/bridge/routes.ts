import type { IncomingMessage, ServerResponse } from 'node:http'
import { Buffer } from 'node:buffer'
import { version, type Context } from '../index.js'
import { BridgeError, encodeUpdate1 } from '../pvws/index.js'
import { answer, answerError, answerJson } from './answers.js'
import { isLoopback } from './door.js'
import type { Hub } from './hub.js'
import { addressOf } from './names.js'
import type { Rights } from './rights.js'
import type { Settings } from './options.js'

/** What the routes are about. */
export interface Place {
  readonly settings: Settings
  readonly hub: Hub
  readonly ctx: Context
  readonly rights: Rights
  readonly started: Date
  metrics(): string
  readonly closing: boolean
}

// ms for the value of a single read.
const READ = 5_000

type Route = (place: Place, req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => unknown

/** The HTTP side: what is asked once. True when the path is ours. */
export function route(place: Place, req: IncomingMessage, res: ServerResponse, target: URL): boolean {
  const { path } = place.settings
  const found = target.pathname.startsWith(`${path}/`)
    ? routes[target.pathname.slice(path.length)]
    : open[target.pathname]
  if (found === undefined) return false
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    res.setHeader('allow', 'GET, HEAD')
    answerError(res, new BridgeError('ERR_BRIDGE_METHOD', `${target.pathname} is read by GET`))
    return true
  }
  void run(found, place, req, res, target.searchParams)
  return true
}

async function run(found: Route, ...[place, req, res, query]: Parameters<Route>): Promise<void> {
  try {
    await found(place, req, res, query)
  } catch (error) {
    if (!res.headersSent) answerError(res, error)
    else res.destroy()
  }
}

/** Without login, and under whatever name this host is called: for those who watch over services. */
export const open: Readonly<Record<string, Route>> = {
  '/healthz': ({ closing, started }, _, res) => {
    answerJson(res, closing ? 503 : 200, { status: closing ? 'closing' : 'ok', since: started.toISOString() })
  },
  '/metrics': (place, _, res) => {
    answer(res, 200, 'text/plain; version=0.0.4', place.metrics())
  },
}

const routes: Readonly<Record<string, Route>> = {
  '/info': ({ settings, started }, _, res) => {
    answerJson(res, 200, {
      start_time: started.toISOString(),
      jre: `Node.js ${process.versions.node}`,
      version: version().package,
      versions: [1],
      write: (settings.write?.length ?? 0) > 0,
    })
  },
  '/summary': (place, req, res) => {
    checkStatus(place, req)
    const sockets = [...place.hub.clients].map((client) => ({
      id: String(client.socket.info.id),
      pvs: client.subscriptions,
      since: new Date(client.socket.info.since).toISOString(),
    }))
    answerJson(res, 200, { sockets })
  },
  '/socket': (place, req, res) => {
    checkStatus(place, req)
    const sockets = [...place.hub.clients].map((client) => ({
      id: String(client.socket.info.id),
      pvs: [...client.watched()],
    }))
    answerJson(res, 200, { sockets })
  },
  '/pool': (place, req, res) => {
    checkStatus(place, req)
    answerJson(res, 200, { pvs: place.hub.feeds.list() })
  },
  '/pvget': async ({ ctx, rights, hub }, _, res, query) => {
    const asked = query.get('name') ?? ''
    const { kind, name, path } = addressOf(asked, hub.slash)
    if (kind !== 'pva') throw new BridgeError('ERR_BRIDGE_MESSAGE', 'pvget reads PVs of PVAccess')
    if (!rights.read(name)) throw new BridgeError('ERR_BRIDGE_FORBIDDEN', 'this PV may not be read here')
    const value = await ctx.get(name, { timeout: READ })
    const update = encodeUpdate1(value, path, (bytes) => Buffer.from(bytes).toString('base64'), Date.now())
    answer(
      res,
      200,
      'application/json',
      `{"type":"update","pv":${JSON.stringify(asked)}${update.meta}${update.value}${update.time},` +
        `"severity":"${update.severity}","readonly":${!rights.write(name)}}\n`,
    )
  },
}

/** Behind a proxy on this machine every peer is local: those it names are not. */
function checkStatus({ settings }: Place, { headers, socket }: IncomingMessage): void {
  const proxied = headers['forwarded'] !== undefined || headers['x-forwarded-for'] !== undefined
  const local = isLoopback(socket.remoteAddress ?? '') && !proxied
  if (settings.status === 'all' || (settings.status === 'local' && local)) return
  throw new BridgeError('ERR_BRIDGE_FORBIDDEN', 'the status is not shown here: see the option "status"')
}
