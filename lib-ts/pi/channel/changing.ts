// How the sockets of a channel change when its members do: as few as possible, and those that stay are not touched.
import type { Member } from './member.js'
import { bytesOf, partsOf } from './urls.js'

const MOST_SMALL = 4 // sockets whose URLs are less than half full

/** A socket, as far as its members matter. */
interface Part {
  readonly members: readonly Member[]
}

/** What is to be opened, and what is to be closed once that is open. */
export interface Changes<P> {
  readonly opened: Member[][]
  readonly closed: P[]
}

/**
 * What to do about sockets when members are added and removed. A removed one whose socket is kept for others is passed over
 * there, until most of them are gone; many small sockets become one.
 */
export function changesOf<P extends Part>(
  parts: readonly P[],
  added: readonly Member[],
  removed: ReadonlySet<Member>,
  room: number,
): Changes<P> {
  const wanted = (member: Member): boolean => !member.gone && !removed.has(member)
  const closed: P[] = []
  const kept: { part: P; bytes: number; stay: Member[] }[] = []
  const pool: Member[] = []
  for (const part of parts) {
    const stay = part.members.filter(wanted)
    if (stay.length * 2 > part.members.length || stay.length === part.members.length)
      kept.push({ part, stay, bytes: stay.reduce((sum, member) => sum + bytesOf(member), 0) })
    else {
      closed.push(part)
      pool.push(...stay)
    }
  }
  pool.push(...added)
  if (pool.length === 0) return { opened: [], closed }
  const small = kept.filter(({ bytes }) => bytes * 2 < room)
  if (small.length >= MOST_SMALL)
    for (const { part, stay } of small) {
      closed.push(part)
      pool.push(...stay)
    }
  return { opened: partsOf(pool, room), closed }
}
