// Where a connection's endpoint and key come from. A profile's key goes to that profile's endpoint and nowhere else.
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isPlainObject, quote } from '../input/index.js'
import { readEndpoints, type Endpoint } from './endpoint.js'
import { argument, BTrDBError } from './errors.js'
import type { ApiKey, Settings } from './options.js'
import { loadYaml } from './peers.js'

/** The servers to try, and the key that goes to them. */
export interface Access {
  readonly endpoints: readonly Endpoint[]
  readonly apiKey: ApiKey | undefined
}

export async function accessOf(settings: Settings): Promise<Access> {
  const { profile, endpoint, apiKey, env } = settings
  const variable = (name: string): string | undefined => env[name] || undefined
  if (profile !== undefined && endpoint !== undefined)
    throw argument('connect: profile and endpoint are given; a profile has its endpoint', { op: 'connect' })
  if (profile !== undefined) return ofProfile(await readProfile(settings, profile, true), apiKey)
  const environmentKey = apiKey ?? keyOfVariable(variable('BTRDB_API_KEY'))
  if (endpoint !== undefined)
    return { endpoints: readEndpoints(endpoint, 'connect: endpoint'), apiKey: environmentKey }
  const endpoints = variable('BTRDB_ENDPOINTS')
  if (endpoints !== undefined)
    return { endpoints: readEndpoints(endpoints, 'BTRDB_ENDPOINTS'), apiKey: environmentKey }
  const named = variable('BTRDB_PROFILE')
  return ofProfile(await readProfile(settings, named ?? 'default', named !== undefined), environmentKey)
}

/** Never shown, whatever it is; what carries it would quote it. */
function keyOfVariable(key: string | undefined): string | undefined {
  if (key === undefined || isKey(key)) return key
  throw credentials('connect: BTRDB_API_KEY is not visible ASCII text without spaces')
}

function ofProfile({ endpoints, apiKey }: Profile, given: ApiKey | undefined): Access {
  return { endpoints, apiKey: given ?? apiKey }
}

interface Profile {
  readonly endpoints: readonly Endpoint[]
  readonly apiKey: string | undefined
}

async function readProfile({ home }: Settings, name: string, asked: boolean): Promise<Profile> {
  const path = join(home ?? homedir(), '.predictivegrid', 'credentials.yaml')
  const text = await readCredentials(path, name, asked)
  const profiles = await parse(text, path)
  const there = Object.keys(profiles)
  if (!Object.hasOwn(profiles, name)) {
    const known = there.length === 0 ? 'none' : there.map((one) => quote(one)).join(', ')
    throw new BTrDBError(`connect: ${path} has no profile ${quote(name)}; there are ${known}`, {
      code: 'ERR_BTRDB_PROFILE',
      op: 'connect',
    })
  }
  return profileIn(profiles[name], `${path}: profile ${quote(name)}`)
}

async function readCredentials(path: string, name: string, asked: boolean): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as { code?: string }
    const missing = code === 'ENOENT' || code === 'ENOTDIR'
    const message =
      missing && !asked
        ? `connect: no endpoint is given; neither the option endpoint or profile is there, nor BTRDB_ENDPOINTS or BTRDB_PROFILE, nor ${path}`
        : `connect: profile ${quote(name)} is in ${path}, which ${missing ? 'is not there' : `cannot be read (${String(code)})`}`
    throw credentials(message)
  }
}

async function parse(text: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const { LineCounter, parseDocument } = await loadYaml()
  const lines = new LineCounter()
  // Pretty errors quote the file, and keys with it.
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines, logLevel: 'silent' })
  const [wrong] = document.errors
  if (wrong !== undefined)
    throw credentials(`connect: ${path}, line ${lines.linePos(wrong.pos[0]).line}, is not YAML`)
  let content: unknown
  try {
    content = document.toJS()
  } catch {
    throw credentials(`connect: ${path}, line 1: its aliases cannot be resolved`)
  }
  if (!isPlainObject(content)) throw credentials(`connect: ${path}, line 1, is not a map of profiles`)
  return content
}

function profileIn(profile: unknown, where: string): Profile {
  const btrdb = isPlainObject(profile) ? profile['btrdb'] : undefined
  if (!isPlainObject(btrdb)) throw credentials(`connect: ${where} has no map "btrdb"`)
  const endpoints = btrdb['endpoints'] ?? btrdb['endpoint']
  const list = Array.isArray(endpoints) ? (endpoints as unknown[]) : [endpoints]
  const texts = list.filter((x): x is string => typeof x === 'string' && x.trim() !== '')
  if (texts.length === 0 || texts.length < list.length)
    throw credentials(`connect: ${where} has no endpoint: "endpoints" is text`)
  const key = btrdb['api_key'] ?? btrdb['apikey'] ?? undefined
  if (key !== undefined && typeof key !== 'string')
    throw credentials(`connect: ${where}: its "api_key" is not text`)
  if (key !== undefined && !isKey(key) && key !== '')
    throw credentials(`connect: ${where}: its "api_key" is not visible ASCII text`)
  return { endpoints: readEndpoints(texts, `connect: ${where}`), apiKey: key || undefined }
}

/** Whether a header can carry it. */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

function credentials(message: string): BTrDBError {
  return new BTrDBError(message, { code: 'ERR_BTRDB_CREDENTIALS', op: 'connect' })
}

/** The roots of TLS that BTRDB_CA_BUNDLE names, where the options have none. */
export async function rootsOf({ env, tls }: Settings): Promise<Buffer | undefined> {
  const path = env['BTRDB_CA_BUNDLE'] || undefined
  if (path === undefined || (typeof tls === 'object' && tls.ca !== undefined)) return undefined
  const names = `connect: BTRDB_CA_BUNDLE names ${quote(path)}`
  let bundle: Buffer
  try {
    bundle = await readFile(path)
  } catch (error) {
    const { code } = error as { code?: string }
    throw credentials(`${names}, which cannot be read (${String(code)})`)
  }
  // Node takes anything for roots, and then knows nobody.
  if (!bundle.includes('CERTIFICATE-----')) throw credentials(`${names}, which has no certificate in PEM`)
  return bundle
}
