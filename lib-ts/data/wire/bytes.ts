// Runs of bytes as keys of a map.

export function hashOf(bytes: Uint8Array, at: number, length: number): number {
  let hash = length
  for (let i = at; i < at + length; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0
  return hash
}

/** Whether `a` is what stands at `at`. */
export function isSame(a: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  if (a.length !== length) return false
  for (let i = 0; i < length; i++) if (a[i] !== bytes[at + i]) return false
  return true
}
