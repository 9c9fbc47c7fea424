// The points of the benchmark: a measurement, two tags, three fields.
export const START = 1_700_000_000_000_000_000n
const BATCH = 5000
const HOSTS = Array.from({ length: 10 }, (_, i) => `host-${i}`)

export function pointsOf(count) {
  return Array.from({ length: count }, (_, i) => ({
    measurement: 'bench',
    tags: { host: HOSTS[i % 10], region: 'north' },
    fields: { temperature: 20 + (i % 1000) / 7, load: (i % 97) / 97, count: BigInt(i) },
    time: START + BigInt(i) * 1_000_000n,
  }))
}

/** The same by columns, a table per batch. */
export function columnsOf(count) {
  return Array.from({ length: count / BATCH }, (_, b) => {
    const index = (i) => b * BATCH + i
    const length = BATCH
    return {
      name: 'bench',
      length,
      time: BigInt64Array.from({ length }, (_, i) => START + BigInt(index(i)) * 1_000_000n),
      tags: { host: Array.from({ length }, (_, i) => HOSTS[index(i) % 10]), region: 'north' },
      fields: {
        temperature: Float64Array.from({ length }, (_, i) => 20 + (index(i) % 1000) / 7),
        load: Float64Array.from({ length }, (_, i) => (index(i) % 97) / 97),
        count: BigInt64Array.from({ length }, (_, i) => BigInt(index(i))),
      },
    }
  })
}

export function batchesOf(items) {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, b) =>
    items.slice(b * BATCH, (b + 1) * BATCH),
  )
}
