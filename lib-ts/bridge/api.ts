import { ChangeSet } from '../data/index.js'
import { pvName } from '../input/index.js'
import { BridgeError } from '../pvws/index.js'
import { answerJson } from './answers.js'
import { jsonBody } from './body.js'
import type { Asker } from './hub.js'
import type { Asked, Place } from './place.js'

// ms for one call, and the most that a request may ask for.
const TIMEOUT = 5_000
const LONGEST = 300_000

/** `/api/pv/NAME`: GET reads, PUT writes. `/api/pv/NAME/call`: POST calls a service. */
export async function api(place: Place, asked: Asked): Promise<void> {
  const { req, target } = asked
  const [text = '', last, ...more] = target.pathname.slice('/api/pv/'.length).split('/')
  const name = pvName(decoded(text), 'api')
  if (more.length > 0 || (last !== undefined && last !== 'call'))
    throw new BridgeError('ERR_BRIDGE_PATH', 'there are /api/pv/NAME and /api/pv/NAME/call')
  const verb = last === 'call' ? 'POST' : req.method === 'PUT' ? 'PUT' : 'GET'
  if (req.method !== verb && !(verb === 'GET' && req.method === 'HEAD')) {
    asked.res.setHeader('allow', last === 'call' ? 'POST' : 'GET, HEAD, PUT')
    throw new BridgeError(
      'ERR_BRIDGE_METHOD',
      `${target.pathname} takes ${last === 'call' ? 'POST' : 'GET and PUT'}`,
    )
  }
  if (verb === 'GET') await read(place, asked, name)
  else if (verb === 'PUT') await write(place, asked, name)
  else await call(place, asked, name)
}

async function read({ hub, ctx }: Place, { res, who, target }: Asked, name: string): Promise<void> {
  await hub.check(who, 'read', name)
  const fields = target.searchParams.getAll('fields').flatMap((list) => list.split(','))
  const value = await ctx.get(name, {
    timeout: timeoutIn(target),
    ...(fields.length > 0 && { fields }),
  })
  answerJson(res, 200, ChangeSet.fields(value.$type, fields).toJSON(value))
}

async function write(place: Place, asked: Asked, name: string): Promise<void> {
  const { req, res, who, target } = asked
  const timeout = timeoutIn(target)
  const value = await jsonBody(req, place.settings.limits.message)
  await place.hub.write(who, askerOf(place, asked), name, { kind: 'pva', name, path: '' }, value, { timeout })
  res.writeHead(204).end()
}

async function call(place: Place, asked: Asked, name: string): Promise<void> {
  const { req, res, who, target } = asked
  const timeout = timeoutIn(target)
  const args = await jsonBody(req, place.settings.limits.message)
  if (typeof args !== 'object' || args === null || Array.isArray(args))
    throw new BridgeError('ERR_BRIDGE_MESSAGE', 'the arguments of a call are a JSON object')
  answerJson(res, 200, await place.hub.call(who, askerOf(place, asked), name, args, { timeout }))
}

function askerOf({ door }: Place, { req, who: { user } }: Asked): Asker {
  return { peer: door.peerOf(req), user }
}

function timeoutIn({ searchParams }: URL): number {
  const text = searchParams.get('timeout')
  if (text === null) return TIMEOUT
  const timeout = Number(text)
  if (!(timeout > 0) || timeout > LONGEST)
    throw new BridgeError('ERR_BRIDGE_MESSAGE', `"timeout" is a number of ms up to ${LONGEST}`)
  return timeout
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new BridgeError('ERR_BRIDGE_MESSAGE', 'the name in the path is not URL-encoded text')
  }
}
