// Who of a group records which shards.

/** A member as it asks to join. */
export interface Asking {
  readonly id: string
  readonly name: string
  /** The shards that it has. */
  readonly shards: readonly number[]
}

/**
 * Deals shards out, each to as many members as there are replicas: evenly, so that no two members differ by more than one, and
 * each stays where it is as far as that allows.
 *
 * @returns the shards of each member, in rising order, by the member's id
 */
export function deal(shards: number, replicas: number, members: readonly Asking[]): Map<string, number[]> {
  const ordered = [...members].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const copies = Math.min(replicas, members.length)
  const owned = ordered.map(() => new Set<number>())
  const count = new Array<number>(shards).fill(0)
  const most = Math.ceil((shards * copies) / Math.max(1, members.length))
  for (const [i, { shards: had }] of ordered.entries())
    for (const shard of new Set(had)) {
      const mine = owned[i] as Set<number>
      if (shard < 0 || shard >= shards || mine.size >= most || (count[shard] as number) >= copies) continue
      mine.add(shard)
      count[shard] = (count[shard] as number) + 1
    }
  for (let shard = 0; shard < shards; shard++)
    for (let n = count[shard] as number; n < copies; n++)
      least(owned.filter((mine) => !mine.has(shard)))?.add(shard)
  level(owned)
  return new Map(ordered.map(({ id }, i) => [id, [...(owned[i] as Set<number>)].sort((a, b) => a - b)]))
}

function least(of: readonly Set<number>[]): Set<number> | undefined {
  return of.reduce<Set<number> | undefined>((a, b) => (a === undefined || b.size < a.size ? b : a), undefined)
}

/** Moves shards from who has the most to who has the fewest, until they differ by one at most. */
function level(owned: readonly Set<number>[]): void {
  for (;;) {
    const few = least(owned)
    const many = owned.reduce<Set<number> | undefined>(
      (a, b) => (a === undefined || b.size > a.size ? b : a),
      undefined,
    )
    if (few === undefined || many === undefined || many.size - few.size < 2) return
    const moved = [...many].find((shard) => !few.has(shard)) as number // who has more has one that the other has not
    many.delete(moved)
    few.add(moved)
  }
}
