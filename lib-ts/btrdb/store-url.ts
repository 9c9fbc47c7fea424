// A store as a URL on a command line.
import { didYouMean, quote } from '../input/index.js'
import { argument } from './errors.js'
import type { BTrDBStoreOptions } from './store.js'

/** Options that a URL may have, and what their text is read as. */
const kinds = {
  profile: 'text',
  root: 'text',
  namespace: 'text',
  merge: 'text',
  flush: 'text',
  transport: 'text',
  tls: 'flag',
  proxy: 'flag',
  severity: 'flag',
  adopt: 'flag',
  concurrencyLimit: 'number',
  timeout: 'number',
  connectTimeout: 'number',
  insertBatch: 'number',
} as const satisfies Partial<Record<keyof BTrDBStoreOptions, 'text' | 'flag' | 'number'>>

const op = 'btrdbUrl'
const FORM = /^btrdb:(?:\/\/([^/?#]*)(?:\/([^?#]*))?)?(?:\?([^#]*))?$/i

/**
 * The options of a store, from a URL: `btrdb://host:port[,host:port…][/root][?option=value]`, or `btrdb:` for the endpoint
 * that the environment or a credentials file names. A key is not part of it: others see command lines.
 *
 * @throws {@link BTrDBError} (`ERR_BTRDB_ARGUMENT`) whose text says what is wrong, without user and password
 * @example
 * import { btrdbUrl } from 'node-pvxs/btrdb'
 *
 * btrdbUrl('btrdb://grid.example:4411/lab?severity=true') // → { endpoint: 'grid.example:4411', root: 'lab', severity: true }
 */
export function btrdbUrl(url: string): BTrDBStoreOptions {
  const parts = typeof url === 'string' ? FORM.exec(url) : null
  if (parts === null)
    throw argument('btrdbUrl: a URL of BTrDB is btrdb://host:port[/root], or btrdb: alone', { op })
  const [, hosts = '', root = '', query = ''] = parts
  if (hosts.includes('@'))
    throw argument('btrdbUrl: a URL of BTrDB has no user or key', {
      op,
      hint: 'BTRDB_API_KEY, or a profile of the credentials file',
    })
  return {
    ...(hosts === '' ? {} : { endpoint: hosts }),
    ...(root === '' ? {} : { root: decoded(root) }),
    ...Object.fromEntries([...new URLSearchParams(query)].map(([key, text]) => [key, valueOf(key, text)])),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).replace(/\/+$/, '')
  } catch {
    throw argument(`btrdbUrl: ${quote(text)} is not percent-encoded text`, { op })
  }
}

function valueOf(key: string, text: string): unknown {
  const known = Object.keys(kinds)
  if (!Object.hasOwn(kinds, key)) {
    const why = /key/i.test(key) ? '; a key is not part of it: BTRDB_API_KEY has it' : ''
    throw argument(`btrdbUrl: a URL has no option ${quote(key)}${why || didYouMean(key, known)}`, { op })
  }
  const kind = kinds[key as keyof typeof kinds]
  if (kind === 'number') return /^\d+$/.test(text) ? Number(text) : wrong(key, text, 'a whole number')
  if (kind === 'text') return text
  return text === 'true' || (text === 'false' ? false : wrong(key, text, 'true or false'))
}

function wrong(key: string, text: string, wanted: string): never {
  throw argument(`btrdbUrl: ${key} is ${wanted}, not ${quote(text)}`, { op })
}
