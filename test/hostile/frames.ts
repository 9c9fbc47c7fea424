// The messages of a client as it sends them.

// Little endian throughout; 0x80 in the flags would be big.
export function frame(command: number, body: Buffer | number[] = [], flags = 0, length?: number): Buffer {
  const content = Buffer.from(body)
  const head = Buffer.from([0xca, 2, flags, command, 0, 0, 0, 0])
  head.writeUInt32LE(length ?? content.length, 4)
  return Buffer.concat([head, content])
}
export const u32 = (value: number): number[] => [...Buffer.from(Uint32Array.of(value).buffer)]
export const text = (value: string): number[] => [
  ...(value.length < 254 ? [value.length] : [254, ...u32(value.length)]),
  ...Buffer.from(value),
]
export const create = (cid: number, name: string): Buffer => frame(7, [1, 0, ...u32(cid), ...text(name)])
