// Where two versions of a stream differ.
import { integer } from '../input/index.js'
import type { Spec } from './guard.js'
import { callChecks, type CallOptions } from './options.js'
import type { Session } from './session.js'
import { optionsIn } from './stream-options.js'
import { versionIn } from './time.js'
import type { RequestOf } from './wire/index.js'

/** A range of time in which two versions differ. */
export interface ChangedRange {
  readonly from: bigint
  readonly to: bigint
}

/** What {@link Stream.changes} takes. */
export interface ChangesOptions extends CallOptions {
  /** Ranges may be wider, by 2^resolution ns. 0. */
  readonly resolution?: number | undefined
}

interface Versions {
  readonly uuid: Uint8Array
  readonly from: unknown
  readonly to: unknown
}

export function changesIn(
  { uuid, from, to }: Versions,
  options: unknown,
  op: string,
): { readonly request: RequestOf<'Changes'>; readonly call: CallOptions } {
  const { resolution = 0, ...call } = optionsIn(options, { ...callChecks, resolution: integer(0, 63) }, op)
  const request = {
    uuid,
    fromMajor: versionIn(from, 'fromVersion', op),
    toMajor: versionIn(to, 'toVersion', op),
    resolution,
  }
  return { request, call }
}

/** The ranges by page. */
export async function* changedRanges(
  session: Session,
  request: RequestOf<'Changes'>,
  spec: Spec,
): AsyncGenerator<ChangedRange[], void, undefined> {
  // Beginning again gives the same ranges in the same order.
  let given = 0
  let skip = 0
  const again = () => {
    skip = given
    return request
  }
  for await (const { ranges } of session.pages('Changes', again, spec, { resume: 'anew' })) {
    const fresh = ranges.slice(skip)
    skip -= ranges.length - fresh.length
    given += fresh.length
    if (fresh.length > 0) yield fresh.map(({ start, end }) => ({ from: start, to: end }))
  }
}

/** All of them; those that touch are one. */
export async function joinedRanges(pages: AsyncIterable<readonly ChangedRange[]>): Promise<ChangedRange[]> {
  const all: ChangedRange[] = []
  for await (const ranges of pages) {
    for (const range of ranges) {
      const last = all.at(-1)
      if (last !== undefined && range.from <= last.to && range.from >= last.from)
        all[all.length - 1] = { from: last.from, to: range.to > last.to ? range.to : last.to }
      else all.push(range)
    }
  }
  return all
}
