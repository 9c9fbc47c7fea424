// Which request goes where.
import { Refusal, type Answer, type Call } from './call.js'
import { isObjects, objects } from './objects.js'
import { selected } from './fields.js'
import { stream, streamSet } from './streams.js'
import { updates, type Markers } from './updates.js'
import { now, stamp } from './times.js'

/** The answer to a request, without what comes before and after: authentication, batches, channels. */
export function route(call: Call, markers: Markers, user: string): Answer {
  try {
    const answer = find(call, markers, user)
    if (answer === undefined) return unknown(call)
    if (call.method !== 'GET' || answer.status >= 400) return answer
    return { ...answer, body: selected(answer.body, call.text('selectedFields')) }
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: error.body }
    throw error
  }
}

/** The answer for a path that leads nowhere. */
export function unknown({ method, base, parts }: Call): Answer {
  const uri = `${base}/${parts.join('/')}`
  return {
    status: 404,
    body: {
      Message: `No HTTP resource was found that matches the request URI '${uri}'.`,
      MessageDetail: `No action was found that matches ${method}.`,
    },
  }
}

function find(call: Call, markers: Markers, user: string): Answer | undefined {
  const [controller = ''] = call.parts
  const { method } = call
  if (controller === '' && method === 'GET') return { status: 200, body: landing(call.base) }
  if (controller === 'system' && method === 'GET') return system(call, user)
  if (isObjects(controller)) return objects(call)
  if (controller === 'streams') return updates(call, markers) ?? stream(call)
  if (controller === 'streamsets') return updates(call, markers) ?? streamSet(call)
  return undefined
}

function landing(base: string): object {
  return {
    Links: {
      Self: `${base}/`,
      AssetServers: `${base}/assetservers`,
      DataServers: `${base}/dataservers`,
      System: `${base}/system`,
    },
  }
}

function system({ parts, base }: Call, user: string): Answer | undefined {
  switch (parts[1]) {
    case undefined: {
      const Links = { Self: `${base}/system`, UserInfo: `${base}/system/userinfo` }
      return {
        status: 200,
        body: { ProductTitle: 'PI Web API simulator', ProductVersion: '1.13.0.6518', Links },
      }
    }
    case 'userinfo':
      return {
        status: 200,
        body: {
          IdentityType: 'WindowsIdentity',
          Name: user,
          IsAuthenticated: true,
          SID: 'S-1-5-7',
          ImpersonationLevel: 'Impersonation',
        },
      }
    case 'status':
      return {
        status: 200,
        body: { UpTimeInMinutes: 1, State: 'Running', CacheInstances: 0, ServerTime: stamp(now()) },
      }
    case 'versions':
      return {
        status: 200,
        body: { 'PI Web API': { FullVersion: '1.13.0.6518', MajorMinorRevision: '1.13.0', Build: '6518' } },
      }
    case 'cacheinstances':
      return { status: 200, body: { Links: {}, Items: [] } }
    default:
      return undefined
  }
}
