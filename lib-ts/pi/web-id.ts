import { isPlainObject, quote } from '../input/index.js'
import { PiArgumentError } from './errors.js'

/** The five forms of a WebID 2.0. */
export type WebIdType = 'Full' | 'IDOnly' | 'PathOnly' | 'LocalIDOnly' | 'DefaultIDOnly'

interface Kind {
  readonly marker: string
  /** Ids after that of the server. */
  readonly ids: readonly ('guid' | 'int')[]
  /** The letters of what may own it. */
  readonly owners?: Readonly<Record<string, string>>
}

const ONE = ['guid'] as const
const TWO = ['guid', 'guid'] as const
const element = { element: 'E' }
const analysis = { analysis: 'X', analysisTemplate: 'T' }
const server = { assetServer: 'R', dataServer: 'D' }

const kinds = {
  point: { marker: 'DP', ids: ['int'] },
  dataServer: { marker: 'DS', ids: [] },
  assetServer: { marker: 'RS', ids: [] },
  database: { marker: 'RD', ids: ONE },
  element: { marker: 'Em', ids: ONE },
  attribute: { marker: 'Ab', ids: TWO, owners: { element: 'E', eventFrame: 'F' } },
  attributeTemplate: { marker: 'AT', ids: TWO, owners: element },
  attributeCategory: { marker: 'AC', ids: ONE },
  elementCategory: { marker: 'EC', ids: ONE },
  analysisCategory: { marker: 'XC', ids: ONE },
  tableCategory: { marker: 'BC', ids: ONE },
  elementTemplate: { marker: 'ET', ids: ONE },
  eventFrame: { marker: 'Fm', ids: ONE },
  enumerationSet: { marker: 'MS', ids: ONE, owners: server },
  enumerationValue: { marker: 'MV', ids: TWO, owners: server },
  analysis: { marker: 'Xs', ids: ONE },
  analysisTemplate: { marker: 'XT', ids: ONE },
  analysisRule: { marker: 'XR', ids: ONE },
  analysisRulePlugIn: { marker: 'XP', ids: ONE },
  table: { marker: 'Bl', ids: ONE },
  timeRule: { marker: 'TR', ids: ONE, owners: analysis },
  timeRulePlugIn: { marker: 'TP', ids: ONE },
  securityIdentity: { marker: 'SI', ids: ONE },
  securityMapping: { marker: 'SM', ids: ONE },
  unit: { marker: 'Ut', ids: ONE },
  unitClass: { marker: 'UC', ids: ONE },
  notificationRule: { marker: 'NR', ids: ONE },
  notificationRuleTemplate: { marker: 'NT', ids: ONE },
} satisfies Readonly<Record<string, Kind>>

/** What a WebID may name. */
export type WebIdKind = keyof typeof kinds

/** What a WebID says. */
export interface WebIdParts {
  readonly type: WebIdType
  readonly kind: WebIdKind
  /** What it belongs to, for the kinds that say so: `element`, `eventFrame`, `analysis`, `assetServer`, … */
  readonly owner?: string
  /** The server's id first, unless the form leaves it out; a point's own id is a number, all others are GUIDs. */
  readonly ids: readonly (string | number)[]
  /** In upper case, without the two back-slashes. */
  readonly path?: string
}

const types: Readonly<Record<string, WebIdType>> = {
  F: 'Full',
  I: 'IDOnly',
  P: 'PathOnly',
  L: 'LocalIDOnly',
  D: 'DefaultIDOnly',
}
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const GUID_CHARACTERS = 22
const INT_CHARACTERS = 6

/** What a WebID says, or undefined when the text is not one. */
export function readWebId(text: string): WebIdParts | undefined {
  const type = types[text[0] ?? '']
  if (type === undefined || !/^[FIPLD]1[A-Za-z]{2}[\w-]*$/.test(text)) return undefined
  const named = Object.entries(kinds as Readonly<Record<string, Kind>>).find(
    ([, { marker }]) => marker === text.slice(2, 4),
  )
  if (named === undefined) return undefined
  const [kind, { ids: idKinds, owners }] = named
  let at = 4
  let owner: string | undefined
  if (owners !== undefined) {
    owner = Object.keys(owners).find((name) => owners[name] === text[at])
    if (owner === undefined) return undefined
    at++
  }
  const ids = readIds(text, at, type, idKinds)
  if (ids === undefined) return undefined
  const path = readPath(text, ids.end, type)
  if (path === undefined) return undefined
  return {
    type,
    kind: kind as WebIdKind,
    ...(owner === undefined ? {} : { owner }),
    ids: ids.read,
    ...(path === '' ? {} : { path }),
  }
}

function readIds(
  text: string,
  start: number,
  type: WebIdType,
  kindsOfIds: Kind['ids'],
): { read: (string | number)[]; end: number } | undefined {
  const wanted = idsIn(type, kindsOfIds)
  const read: (string | number)[] = []
  let at = start
  for (const kind of wanted) {
    const length = kind === 'guid' ? GUID_CHARACTERS : INT_CHARACTERS
    const bytes = Buffer.from(text.slice(at, at + length), 'base64url')
    if (bytes.length !== (kind === 'guid' ? 16 : 4)) return undefined
    read.push(kind === 'guid' ? guidText(bytes) : bytes.readInt32LE())
    at += length
  }
  return { read, end: at }
}

/** The ids that a form of WebID holds. */
function idsIn(type: WebIdType, ids: Kind['ids']): readonly ('guid' | 'int')[] {
  if (type === 'PathOnly') return []
  return type === 'Full' || type === 'IDOnly' ? ['guid', ...ids] : ids
}

/** The path; empty where the form has none, undefined when there is one too many or too few. */
function readPath(text: string, start: number, type: WebIdType): string | undefined {
  const rest = text.slice(start)
  if (type !== 'Full' && type !== 'PathOnly') return rest === '' ? '' : undefined
  if (rest === '') return undefined
  const bytes = Buffer.from(rest, 'base64url')
  const path = bytes.toString('utf8')
  return bytes.toString('base64url') === rest && Buffer.from(path, 'utf8').equals(bytes) ? path : undefined
}

// Microsoft's order: the first three groups are little-endian numbers.
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]

function guidText(bytes: Buffer): string {
  const hex = ORDER.map((i) => (bytes[i] as number).toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function guidBytes(text: string): Buffer {
  const plain = Buffer.from(text.replaceAll('-', ''), 'hex')
  return Buffer.from(ORDER.map((i) => plain[i] as number))
}

/**
 * WebIDs taken apart and put together, without asking a server.
 *
 * @example
 * const id = webId.encode({ type: 'PathOnly', kind: 'point', path: 'PISRV\\sinusoid' })
 * webId.parse(id) // → { type: 'PathOnly', kind: 'point', ids: [], path: 'PISRV\\SINUSOID' }
 */
export const webId = {
  /** The parts of a WebID.
   *
   * @throws {@link PiArgumentError} when the text is not a WebID 2.0 */
  parse(text: string): WebIdParts {
    const parts = typeof text === 'string' ? readWebId(text) : undefined
    if (parts === undefined) throw new PiArgumentError(`${quote(text)} is not a WebID`)
    return parts
  },

  /** The WebID of these parts.
   *
   * @throws {@link PiArgumentError} that names what is missing or wrong */
  encode(parts: Omit<WebIdParts, 'ids'> & { readonly ids?: WebIdParts['ids'] }): string {
    if (!isPlainObject(parts)) throw new PiArgumentError(`webId.encode takes the parts, not ${quote(parts)}`)
    const { type, kind, owner, ids = [], path } = parts
    if (!Array.isArray(ids)) throw wrong('ids', 'an array', ids)
    const letter = Object.keys(types).find((one) => types[one] === type)
    if (letter === undefined) throw wrong('type', Object.values(types).join(', '), type)
    const known = Object.hasOwn(kinds, kind) ? (kinds as Readonly<Record<string, Kind>>)[kind] : undefined
    if (known === undefined) throw wrong('kind', `one of ${Object.keys(kinds).join(', ')}`, kind)
    const named = Object.keys(known.owners ?? {})
    const mark = named.length === 1 && owner === undefined ? named[0] : owner
    const ownerLetter = mark === undefined ? undefined : known.owners?.[mark]
    if (ownerLetter === undefined && (named.length > 0 || owner !== undefined))
      throw wrong('owner', named.length === 0 ? 'nothing for this kind' : named.join(' or '), owner)
    const wanted = idsIn(type, known.ids)
    if (ids.length !== wanted.length)
      throw new PiArgumentError(
        `webId.encode: ids are ${wanted.length} for ${quote(kind)} as ${type}, not ${ids.length}`,
      )
    const encodedIds = wanted.map((one, i) => idText(one, ids[i], i)).join('')
    return `${letter}1${known.marker}${ownerLetter ?? ''}${encodedIds}${pathText(type, path)}`
  },
} as const

function idText(kind: 'guid' | 'int', id: unknown, i: number): string {
  if (kind === 'guid') {
    if (typeof id !== 'string' || !GUID.test(id)) throw wrong(`ids[${i}]`, 'a GUID', id)
    return guidBytes(id).toString('base64url')
  }
  if (typeof id !== 'number' || (id | 0) !== id) throw wrong(`ids[${i}]`, 'a 32-bit integer', id)
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(id)
  return bytes.toString('base64url')
}

function pathText(type: WebIdType, path: unknown): string {
  if (type !== 'Full' && type !== 'PathOnly') {
    if (path !== undefined) throw wrong('path', `nothing for ${type}`, path)
    return ''
  }
  if (typeof path !== 'string' || path.replace(/^\\\\/, '') === '') throw wrong('path', 'text', path)
  return Buffer.from(path.replace(/^\\\\/, '').toUpperCase(), 'utf8').toString('base64url')
}

function wrong(what: string, wanted: string, value: unknown): PiArgumentError {
  return new PiArgumentError(`webId.encode: ${what} is ${wanted}, not ${quote(value)}`)
}
