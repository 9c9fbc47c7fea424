import { flag, isPlainObject, quote, readOptions, wordOf } from '../input/index.js'
import { argument, checking } from './errors.js'
import { callChecks, type CallOptions } from './options.js'
import type { CsvRequest } from './sql.js'
import { pointWidthIn, spanOf } from './time.js'
import { uuidOf } from './versions.js'
import { widthIn } from './width.js'

/** What {@link BTrDB.csv} takes. */
export interface CsvOptions extends CallOptions {
  /** The points, aligned windows or windows of any width. raw. */
  readonly kind?: 'raw' | 'aligned' | 'windows' | undefined
  /** Of aligned windows: they are 2^pointWidth ns wide. */
  readonly pointWidth?: number | undefined
  /** Of windows, ns. */
  readonly width?: bigint | number | undefined
  /** In the order of the streams, or by uuid. `collection/name` where it is known, else the uuid. */
  readonly labels?: readonly string[] | Readonly<Record<string, string>> | undefined
  /** Whether the header tells the versions. false. */
  readonly versions?: boolean | undefined
}

const op = 'csv'

function labelsIn(value: unknown): readonly string[] | Readonly<Record<string, string>> {
  const list: unknown = Array.isArray(value) ? value : isPlainObject(value) ? Object.values(value) : undefined
  if (Array.isArray(list) && list.every((label) => typeof label === 'string'))
    return value as readonly string[]
  throw argument(`csv: labels are texts, in an array or by uuid, not ${quote(value)}`, { op })
}

const checks = {
  ...callChecks,
  kind: wordOf('raw', 'aligned', 'windows'),
  pointWidth: (value: unknown) => pointWidthIn(value, op),
  width: (value: unknown) => widthIn(value, op),
  labels: labelsIn,
  versions: flag,
}

interface Handle {
  readonly collection?: string
  readonly name?: string
  readonly pinned?: bigint
}

export function csvIn(
  streams: unknown,
  range: unknown,
  options: unknown,
): { request: CsvRequest; call: CallOptions } {
  const read = checking(op, () => readOptions(options, checks, op))
  const { kind = 'raw', pointWidth, width, labels = {}, versions = false, ...call } = read
  call.signal?.throwIfAborted()
  if (kind === 'aligned' && pointWidth === undefined)
    throw argument('csv: aligned windows need a pointWidth', { op })
  if (kind === 'windows' && width === undefined) throw argument('csv: windows need a width', { op })
  if (typeof streams !== 'object' || streams === null || !(Symbol.iterator in streams))
    throw argument(`csv: streams are an iterable of them, not ${quote(streams)}`, { op })
  const columns = Array.from(streams as Iterable<unknown>, (stream, i) => {
    const uuid = uuidOf(stream, op)
    const { collection, name, pinned = 0n } = (typeof stream === 'object' ? stream : {}) as Handle
    const own = collection === undefined || name === undefined ? uuid : `${collection}/${name}`
    const given = Array.isArray(labels) ? (labels as readonly string[])[i] : byUuid(labels, uuid)
    return { uuid, label: given ?? own, version: pinned }
  })
  const { from, to } = spanOf(range, op)
  const request = { kind, from, to, width: width ?? 0n, pointWidth: pointWidth ?? 0, versions, columns }
  return { request, call }
}

function byUuid(labels: object, uuid: string): string | undefined {
  return Object.hasOwn(labels, uuid) ? (labels as Record<string, string>)[uuid] : undefined
}
