/** Numbers in [0, 1) from a seed: the same each time. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const tempting = [0, 1, 2, 0x7f, 0x80, 0xfd, 0xfe, 0xff]

/** A damaged copy: bytes changed, taken out, put in, doubled, or the end cut off. */
export function mutate(data: Buffer, random: () => number): Buffer {
  const bytes = [...data]
  const at = (): number => Math.floor(random() * bytes.length)
  const changes = 1 + Math.floor(random() * 4)
  for (let k = 0; k < changes && bytes.length > 0; k++) {
    const kind = random()
    if (kind < 0.5) bytes[at()] = tempting[Math.floor(random() * tempting.length)] ?? 0
    else if (kind < 0.7) bytes[at()] = Math.floor(random() * 256)
    else if (kind < 0.8) bytes.splice(at(), 1 + Math.floor(random() * 8))
    else if (kind < 0.9)
      bytes.splice(at(), 0, ...Array.from({ length: 1 + Math.floor(random() * 8) }, () => Math.floor(random() * 256))) // prettier-ignore
    else if (kind < 0.95) bytes.splice(at(), 0, ...bytes.slice(at(), at() + 40))
    else bytes.length = at()
  }
  return Buffer.from(bytes)
}
