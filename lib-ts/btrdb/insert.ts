import { flag, integer, readOptions, wordOf } from '../input/index.js'
import { pointsToArrow } from './arrow.js'
import { part } from './columns.js'
import type { Core } from './core.js'
import { BTrDBError, checking } from './errors.js'
import type { Spec } from './guard.js'
import { callChecks, transportCheck, type CallOptions, type TransportKind } from './options.js'
import { pointsIn, type PointsLike } from './points-input.js'
import { bytesOfUuid } from './uuid.js'
import type { PointColumns } from './wire/index.js'

/** What becomes of points where the stream has some at the same time. */
export type Merge = 'never' | 'equal' | 'retain' | 'replace'

/** What {@link Stream.insert} takes. */
export interface InsertOptions extends CallOptions {
  /** Both stay (`never`), equal ones become one (`equal`), the old one stays (`retain`), the new one does (`replace`, the default). */
  readonly merge?: Merge | undefined
  /** Bits of the mantissa that are dropped, which compresses better. */
  readonly roundBits?: number | undefined
  /** Waits until the points are durable beyond the journal. false. */
  readonly sync?: boolean | undefined
  readonly transport?: TransportKind | undefined
}

const policies: readonly Merge[] = ['never', 'equal', 'retain', 'replace']
export const mergeCheck = wordOf(...policies)
const checks = {
  ...callChecks,
  merge: mergeCheck,
  roundBits: integer(0, 52),
  sync: flag,
  transport: transportCheck,
}

interface Target {
  readonly uuid: string
  getLatestVersion(options?: CallOptions): Promise<bigint>
}

export async function insertPoints(
  core: Core,
  target: Target,
  points: PointsLike,
  options: unknown,
): Promise<bigint> {
  const op = 'insert'
  const read = checking(op, () => readOptions(options, checks, op))
  const { signal, timeout, merge = 'replace', transport, roundBits, sync } = read
  signal?.throwIfAborted()
  const columns = pointsIn(points, target.uuid)
  if (columns.time.length === 0) return target.getLatestVersion({ signal, timeout })
  const arrow = await core.arrow(transport, op)
  const spec: Spec = { op, uuid: target.uuid, signal, timeout }
  const uuid = bytesOfUuid(target.uuid, op)
  const common = {
    uuid,
    mergePolicy: policies.indexOf(merge),
    ...(sync === undefined ? {} : { sync }),
    ...(roundBits === undefined ? {} : { rounding: { bits: roundBits } }),
  }
  const repeat = merge !== 'never'
  const send = async (values: PointColumns): Promise<bigint> => {
    const { versionMajor } =
      arrow === undefined
        ? await core.session.unary('Insert', { ...common, values }, spec, repeat)
        : await core.session.unary(
            'ArrowInsert',
            { ...common, arrowBytes: pointsToArrow(arrow, values) },
            spec,
            repeat,
          )
    core.session.pointsIn += values.time.length
    return versionMajor
  }
  return inBatches(columns, core.settings.insertBatch, send)
}

/** One batch after another; one that the server finds too big is sent in halves, and so are those behind it. */
async function inBatches(
  columns: PointColumns,
  most: number,
  send: (values: PointColumns) => Promise<bigint>,
): Promise<bigint> {
  const { length } = columns.time
  let version = 0n
  let size = most
  let at = 0
  while (at < length) {
    const count = Math.min(size, length - at)
    try {
      version = await send(part(columns, at, at + count))
      at += count
    } catch (error) {
      if (error instanceof BTrDBError && error.code === 'ERR_BTRDB_TOO_BIG' && count > 1) {
        size = count >> 1
      } else {
        if (error instanceof Error && !Object.isFrozen(error) && error instanceof BTrDBError)
          Object.assign(error, { inserted: at })
        throw error
      }
    }
  }
  return version
}
