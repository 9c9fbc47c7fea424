import { PvRequest } from '../index.js'

/** Which fields of a PV are wanted, and in which words the server is asked. */
export interface Selection {
  readonly fields: readonly string[]
  /** A pvRequest as text; '' is none. */
  readonly request: string
  /** All that are asked for, by either; none is all. */
  readonly paths: readonly string[]
  /** The same for selections that mean the same. */
  readonly key: string
}

const whole: Selection = { fields: [], request: '', paths: [], key: '' }

/**
 * The selection of some fields, beside those that a request names.
 *
 * @throws InvalidArgumentError for what is not a path or a request
 */
export function selectionOf(fields: readonly string[], request = ''): Selection {
  if (fields.length === 0 && request === '') return whole
  const sorted = [...new Set(fields)].sort()
  const both = PvRequest.parse(request)
  for (const field of sorted) both.field(field)
  return { fields: sorted, request, paths: both.paths, key: both.toString() }
}
