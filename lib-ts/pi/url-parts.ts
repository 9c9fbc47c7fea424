import { queryText } from './request.js'

/** Items in groups whose pairs fit a URL, at least one in each. */
export function* urlParts<T>(
  items: readonly T[],
  pair: (item: T) => readonly [string, string],
  head: string,
  most: number,
): Generator<T[], void> {
  let part: T[] = []
  let bytes = head.length
  for (const one of items) {
    const more = queryText([pair(one)]).length
    if (part.length > 0 && bytes + more > most) {
      yield part
      part = []
      bytes = head.length
    }
    part.push(one)
    bytes += more
  }
  if (part.length > 0) yield part
}
