// What both clients are asked for.
export const COUNT = 200_000
/** Points stand so far apart that a window of 2^24 ns has 16 of them: 12,500 windows. */
export const STEP = 1n << 20n
export const POINT_WIDTH = 24
export const RANGE = { from: 0n, to: BigInt(COUNT) * STEP }
export const UUIDS = {
  points: '0b7d0000-0000-4000-8000-000000000001',
  many: '0b7d0000-0000-4000-8000-000000000002',
  million: '0b7d0000-0000-4000-8000-000000000003',
}

export function columnsOf(count, step = STEP) {
  const time = new BigInt64Array(count)
  const value = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    time[i] = BigInt(i) * step
    value[i] = Math.sin(i / 1000)
  }
  return { time, value }
}

/** A stream with so many points, made in the memory of a part of them. */
export async function plant(db, uuid, count, step) {
  const stream = await db.create(uuid, 'bench', { name: uuid })
  const part = 250_000
  for (let at = 0; at < count; at += part) {
    const { time, value } = columnsOf(Math.min(part, count - at), step)
    const first = BigInt(at) * step
    await stream.insert({ time: time.map((t) => t + first), value }, { merge: 'never' })
  }
}
