import { isDeepStrictEqual } from 'node:util'
import { isPlainObject, quote } from '../input/index.js'
import { argument, BTrDBError } from './errors.js'
import type { Stream } from './stream.js'

/** Which streams stay. Text compares whole and without case, a RegExp searches; what a stream lacks does not match. */
export interface StreamFilter {
  readonly collection?: string | RegExp | undefined
  readonly name?: string | RegExp | undefined
  readonly unit?: string | RegExp | undefined
  /** Exactly. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Exactly. */
  readonly annotations?: Readonly<Record<string, unknown>> | undefined
}

type Test = (stream: Stream) => boolean

const op = 'filter'

export function testOf(by: unknown, streams: readonly Stream[]): Test {
  if (typeof by === 'function') return by as Test
  if (!isPlainObject(by))
    throw argument(`filter: what to filter by is an object or a function, not ${quote(by)}`, { op })
  const tests = Object.entries(by).flatMap(([key, wanted]): Test[] => {
    if (wanted === undefined) return []
    if (key === 'collection' || key === 'name' || key === 'unit') return [textTest(key, wanted)]
    if (key === 'tags' || key === 'annotations') return [exactTest(key, wanted)]
    throw argument(`filter: there is no ${quote(key)}; there are collection, name, unit, tags, annotations`, {
      op,
    })
  })
  const unknown = streams.find(({ tags }) => tags === undefined)
  if (tests.length > 0 && unknown !== undefined)
    throw new BTrDBError('filter: the metadata of this set was not fetched', {
      code: 'ERR_BTRDB_METADATA',
      op,
      uuid: unknown.uuid,
      hint: 'call refreshMetadata()',
    })
  return (stream) => tests.every((test) => test(stream))
}

function textTest(key: 'collection' | 'name' | 'unit', wanted: unknown): Test {
  if (wanted instanceof RegExp) {
    // One that is global or sticky would go on where it was.
    const pattern = new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, ''))
    return (stream) => stream[key] !== undefined && pattern.test(stream[key])
  }
  if (typeof wanted !== 'string')
    throw argument(`filter: ${key} is text or a RegExp, not ${quote(wanted)}`, { op })
  const lower = wanted.toLowerCase()
  return (stream) => stream[key]?.toLowerCase() === lower
}

function exactTest(key: 'tags' | 'annotations', wanted: unknown): Test {
  if (!isPlainObject(wanted)) throw argument(`filter: ${key} are an object, not ${quote(wanted)}`, { op })
  const entries = Object.entries(wanted)
  return (stream) => {
    const there: Readonly<Record<string, unknown>> = stream[key] ?? {}
    return entries.every(
      ([name, value]) => Object.hasOwn(there, name) && isDeepStrictEqual(there[name], value),
    )
  }
}
