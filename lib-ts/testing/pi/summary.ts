// Summaries: figures of the events between two times.
import { systemState, type Archive, type Event } from './archive.js'

/** The kinds of summary there are. */
export const summaryTypes = [
  'Total',
  'Average',
  'Minimum',
  'Maximum',
  'Range',
  'StdDev',
  'PopulationStdDev',
  'Count',
  'PercentGood',
] as const
export type SummaryType = (typeof summaryTypes)[number]

interface Weighed {
  readonly value: number
  readonly time: bigint
  readonly weight: number
}

/** One figure with its time; undefined when there is nothing to count. */
export function summary(
  archive: Archive,
  type: SummaryType,
  from: bigint,
  to: bigint,
  byEvent: boolean,
): { time: bigint; value: number } | undefined {
  // An event at the end belongs to the next interval.
  const inside = archive.recorded(from, to - 1n, 'Inside', Infinity)
  const weighed = byEvent ? byEvents(inside) : byTime(archive, inside, from, to)
  if (type === 'Count') return { time: from, value: byEvent ? weighed.length : Number(to - from) / 1e9 }
  if (type === 'PercentGood')
    return {
      time: from,
      value: inside.length === 0 ? 0 : (100 * inside.filter(isGood).length) / inside.length,
    }
  if (weighed.length === 0) return undefined
  const least = weighed.reduce((a, b) => (b.value < a.value ? b : a))
  const most = weighed.reduce((a, b) => (b.value > a.value ? b : a))
  if (type === 'Minimum') return least
  if (type === 'Maximum') return most
  if (type === 'Range') return { time: from, value: most.value - least.value }
  const weight = weighed.reduce((sum, one) => sum + one.weight, 0)
  const total = weighed.reduce((sum, one) => sum + one.value * one.weight, 0)
  if (type === 'Total') return { time: from, value: byEvent ? total : total / 86_400 }
  const mean = total / weight
  if (type === 'Average') return { time: from, value: mean }
  const squares = weighed.reduce((sum, one) => sum + one.weight * (one.value - mean) ** 2, 0)
  if (type === 'StdDev' && byEvent) {
    return weighed.length < 2 ? undefined : { time: from, value: Math.sqrt(squares / (weighed.length - 1)) }
  }
  return { time: from, value: Math.sqrt(squares / weight) }
}

const isGood = ({ good, value }: Event): boolean => good && typeof value === 'number'

function byEvents(events: readonly Event[]): Weighed[] {
  return events.filter(isGood).map(({ time, value }) => ({ time, value: value as number, weight: 1 }))
}

/** Each value as long as it held, in seconds. */
function byTime(archive: Archive, inside: readonly Event[], from: bigint, to: bigint): Weighed[] {
  const first = archive.before(from)
  const all = first === undefined || first.time === from ? inside : [{ ...archive.at(from) }, ...inside]
  return all.flatMap((event, i) => {
    if (!isGood(event)) return []
    const end = all[i + 1]?.time ?? to
    return [{ time: event.time, value: event.value as number, weight: Number(end - event.time) / 1e9 }]
  })
}

/** What stands where there is no figure. */
export const nothing = systemState('No Data')
