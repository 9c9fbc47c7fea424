import { isPlainObject, quote } from '../input/index.js'
import { PiArgumentError } from './errors.js'
import { readWebId } from './web-id.js'

/**
 * A stream of PI: a WebID; a path, `\\SERVER\tag` or `\\AF\Database\Element|Attribute`, with slashes too; the name of a tag;
 * or an object that says which of them it is.
 */
export type PiRef = string | { readonly webId: string } | { readonly path: string } | { readonly tag: string }

/** A reference that was read: what to ask the server for. */
export interface Wanted {
  /** As the caller gave it, for answers and errors. */
  readonly ref: string
  readonly kind: 'point' | 'attribute'
  readonly by: 'webId' | 'path' | 'tag'
  /** The WebID, the path with back-slashes, or the tag. */
  readonly text: string
  /** Names it in caches; case does not count in paths. */
  readonly key: string
}

const FORMS = "a WebID, a path such as '\\\\SERVER\\tag' or '//AF/Database/Element|Attribute', or a tag name"

/** @throws {@link PiArgumentError} that shows the reference */
export function readRef(ref: unknown, what: string): Wanted {
  if (typeof ref === 'string') {
    if (ref.trim() === '') throw new PiArgumentError(`${what} is empty; it is ${FORMS}`)
    if (/^(\\\\|\/\/)/.test(ref)) return byPath(ref, ref, what)
    return readWebId(ref) === undefined ? byTag(ref, ref, what) : byWebId(ref, ref, what)
  }
  const entries = isPlainObject(ref) ? Object.entries(ref) : []
  const [key, value] = entries[0] ?? []
  if (entries.length === 1 && typeof value === 'string' && value !== '') {
    if (key === 'webId') return byWebId(value, value, what)
    if (key === 'path') return byPath(value, value, what)
    if (key === 'tag') return byTag(value, value, what)
  }
  throw new PiArgumentError(`${what} is ${FORMS}; or { webId }, { path } or { tag }; not ${quote(ref)}`)
}

function byWebId(text: string, ref: string, what: string): Wanted {
  const parts = readWebId(text)
  if (parts === undefined) throw new PiArgumentError(`${what} is ${quote(text)}, which is not a WebID`)
  const { kind } = parts
  if (kind !== 'point' && kind !== 'attribute')
    throw new PiArgumentError(
      `${what} is ${quote(text)}, the WebID of a ${kind}, which has no values of its own`,
    )
  return { ref, kind, by: 'webId', text, key: `webId ${text}` }
}

function byTag(text: string, ref: string, what: string): Wanted {
  if (/[\\|]/.test(text))
    throw new PiArgumentError(`${what} is ${quote(text)}: a path begins with two back-slashes or slashes`)
  checkText(text, what)
  return { ref, kind: 'point', by: 'tag', text, key: `tag ${text.toUpperCase()}` }
}

function byPath(text: string, ref: string, what: string): Wanted {
  checkText(text, what)
  const path = backSlashes(text)
  const [, server = '', rest = ''] = /^\\\\([^\\]*)(?:\\(.*))?$/s.exec(path) ?? []
  if (server === '' || rest === '')
    throw new PiArgumentError(`${what} is ${quote(text)}, which does not say a server and what is on it`)
  const kind = path.includes('|') ? 'attribute' : 'point'
  if (kind === 'point' && rest.includes('\\'))
    throw new PiArgumentError(
      `${what} is ${quote(text)}, the path of an element, which has no values of its own: add |Attribute`,
    )
  return { ref, kind, by: 'path', text: path, key: `path ${path.toUpperCase()}` }
}

/** The path with back-slashes; a slash may be part of the name of a tag. */
function backSlashes(text: string): string {
  const path = text.startsWith('//') ? `\\\\${text.slice(2)}` : text
  if (!text.startsWith('//')) return path
  return path.includes('|') ? path.replaceAll('/', '\\') : path.replace('/', '\\')
}

function checkText(text: string, what: string): void {
  if (/[\u0000-\u001f\u007f]/.test(text) || /\p{Surrogate}/u.test(text))
    throw new PiArgumentError(`${what} is ${quote(text)}, which holds characters that no name has`)
}

/** References in a list, each checked; the error says which one is wrong. */
export function readRefs(refs: unknown, op: string): Wanted[] {
  if (!Array.isArray(refs))
    throw new PiArgumentError(`${op} takes references as an array, not ${quote(refs)}`)
  return Array.from(refs as unknown[], (ref, i) => readRef(ref, `${op}: reference ${i}`))
}
