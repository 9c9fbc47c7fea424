import { quote } from '../../input/index.js'
import type { History } from '../../telemetry/index.js'
import { QueryFault } from './fault.js'
import { NameFilter } from './regex.js'

const BATCH = 1_000

/**
 * Names of series: those that match `pv`, a glob, or `regex`.
 *
 * @throws QueryFault when neither or both are given, and for a bad one
 */
export async function searchNames(
  store: History,
  { pv, regex }: { readonly pv?: unknown; readonly regex?: unknown },
  limit: number,
  signal: AbortSignal,
): Promise<string[]> {
  if (pv === undefined && regex === undefined)
    throw new QueryFault('the argument "pv" (a glob) or "regex" is missing')
  if (pv !== undefined && regex !== undefined) throw new QueryFault('"pv" and "regex": give one of them')
  if (pv !== undefined && (typeof pv !== 'string' || pv === ''))
    throw new QueryFault(`"pv" is a glob, not ${quote(pv)}`)
  const filter = regex === undefined ? undefined : new NameFilter(regex)
  const found: string[] = []
  let batch: string[] = []
  const take = (): void => {
    found.push(...(filter === undefined ? batch : filter.of(batch)))
    batch = []
  }
  for await (const { id } of store.find(pv ?? '*', { signal })) {
    batch.push(id)
    if (batch.length >= Math.min(BATCH, limit)) take()
    if (found.length >= limit) return found.slice(0, limit)
  }
  take()
  return found.slice(0, limit)
}
