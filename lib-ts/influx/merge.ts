/** A part of a source: its items in order, and whether there are no more after them. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly last: boolean
}

/** Where a source goes on: from that time on, without the items of that very time that were given already. */
export interface Source<T> {
  /** Pages of each source that is asked, from its cursor on; undefined for one that starts. */
  fetch(cursors: ReadonlyMap<number, bigint | undefined>, size: number): Promise<ReadonlyMap<number, Page<T>>>
  readonly count: number
  time(item: T): bigint
  readonly order: 'asc' | 'desc'
}

interface Stream<T> {
  items: readonly T[]
  at: number
  last: boolean
  cursor: bigint | undefined
}

/**
 * Merges sources that are read page by page, by time. Pages, and not streams that stay open: a reader that takes its
 * time holds no connection, and several sources need no more of them than one.
 */
export async function* merged<T>(source: Source<T>, pageSize: number): AsyncGenerator<T[], void, undefined> {
  const streams = Array.from({ length: source.count }, (): Stream<T> => ({
    items: [],
    at: 0,
    last: false,
    cursor: undefined,
  }))
  for (;;) {
    await refill(source, streams, pageSize)
    const batch: T[] = []
    while (batch.length < pageSize) {
      const next = first(source, streams)
      // One that is empty and not at its end may have something earlier.
      if (next === undefined || streams.some(({ items, at, last }) => at === items.length && !last)) break
      batch.push(next.items[next.at++] as T)
    }
    if (batch.length > 0) yield batch
    if (streams.every(({ items, at, last }) => at === items.length && last)) return
  }
}

function first<T>(source: Source<T>, streams: readonly Stream<T>[]): Stream<T> | undefined {
  let found: Stream<T> | undefined
  let time = 0n
  for (const stream of streams) {
    if (stream.at === stream.items.length) continue
    const own = source.time(stream.items[stream.at] as T)
    if (found === undefined || (source.order === 'asc' ? own < time : own > time)) {
      found = stream
      time = own
    }
  }
  return found
}

async function refill<T>(source: Source<T>, streams: readonly Stream<T>[], pageSize: number): Promise<void> {
  for (let size = pageSize; ; size *= 2) {
    const empty = streams
      .map((stream, i) => ({ stream, i }))
      .filter(({ stream: s }) => s.at === s.items.length && !s.last)
    if (empty.length === 0) return
    const pages = await source.fetch(new Map(empty.map(({ stream, i }) => [i, stream.cursor])), size)
    for (const { stream, i } of empty) take(source, stream, pages.get(i) ?? { items: [], last: true })
  }
}

/**
 * Takes a page. Items of its last time may go on in the next page, so they are left for that one; when the whole page is
 * of one time, a larger page is asked for.
 */
function take<T>(source: Source<T>, stream: Stream<T>, { items, last }: Page<T>): void {
  stream.at = 0
  stream.last = last
  if (last) {
    stream.items = items
    return
  }
  const end = source.time(items.at(-1) as T)
  const whole = items.findIndex((item) => source.time(item) === end)
  stream.items = items.slice(0, whole)
  stream.cursor = end
}
