// Reads getData.raw, from its description: escapes, varints, fixed numbers.

export interface RawChunk {
  readonly type: number
  readonly pv: string
  readonly year: number
  readonly elements: number
  readonly headers: readonly (readonly [string, string])[]
  readonly samples: readonly RawSample[]
}

export interface RawSample {
  readonly second: number
  readonly nano: number
  readonly value: unknown
  readonly severity: number
  readonly status: number
}

type Field = readonly [number: number, content: number | Buffer]

export function chunksIn(bytes: Buffer): RawChunk[] {
  const chunks: (RawChunk & { samples: RawSample[] })[] = []
  let chunk: (RawChunk & { samples: RawSample[] }) | undefined
  const lines = linesIn(bytes)
  if (lines.at(-1)?.length === 0) lines.pop()
  for (const line of lines) {
    if (line.length === 0) chunk = undefined
    else if (chunk === undefined) chunks.push((chunk = { ...headIn(fieldsIn(line)), samples: [] }))
    else chunk.samples.push(sampleIn(fieldsIn(line), chunk.type))
  }
  return chunks
}

function linesIn(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(10, from)
    if (end < 0) throw new Error('the last line does not end')
    lines.push(unescaped(bytes.subarray(from, end)))
    from = end + 1
  }
  return lines
}

function unescaped(line: Buffer): Buffer {
  const out: number[] = []
  for (let i = 0; i < line.length; i++) {
    const byte = line[i] as number
    if (byte === 13) throw new Error('a return that is not escaped')
    out.push(byte === 27 ? ([27, 10, 13][(line[++i] as number) - 1] as number) : byte)
  }
  return Buffer.from(out)
}

function fieldsIn(message: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let result = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++] as number
      result |= BigInt(byte & 127) << shift
      if (byte < 128) return Number(BigInt.asIntN(64, result))
    }
  }
  const bytes = (count: number): Buffer => {
    if (at + count > message.length) throw new Error('the message is cut')
    return message.subarray(at, (at += count))
  }
  while (at < message.length) {
    const tag = varint()
    const wire = tag % 8
    const content = wire === 0 ? varint() : bytes(wire === 1 ? 8 : wire === 5 ? 4 : varint())
    fields.push([Math.floor(tag / 8), content])
  }
  return fields
}

function headIn(fields: readonly Field[]): Omit<RawChunk, 'samples'> {
  const one = (number: number): number | Buffer | undefined => fields.find(([n]) => n === number)?.[1]
  return {
    type: one(1) as number,
    pv: String(one(2)),
    year: one(3) as number,
    elements: one(4) as number,
    headers: fields
      .filter(([n]) => n === 15)
      .map(([, header]) => {
        const [name, text] = fieldsIn(header as Buffer)
        return [String(name?.[1]), String(text?.[1])] as const
      }),
  }
}

const zigzag = (x: number): number => (x % 2 === 0 ? x / 2 : -(x + 1) / 2)
const each = (bytes: Buffer, size: number, read: (at: number) => number): number[] =>
  Array.from({ length: bytes.length / size }, (_, i) => read(i * size))

function sampleIn(fields: readonly Field[], type: number): RawSample {
  const number = (n: number): number => (fields.find(([of]) => of === n)?.[1] ?? 0) as number
  const values = fields.filter(([n]) => n === 3).map(([, content]) => content)
  const [value] = values
  return {
    second: number(1),
    nano: number(2),
    value: type === 7 ? values.map(String) : valueIn(value, type),
    severity: number(4),
    status: number(5),
  }
}

function valueIn(value: number | Buffer | undefined, type: number): unknown {
  if (typeof value === 'number') return zigzag(value)
  const bytes = value as Buffer
  switch (type) {
    case 0:
      return bytes.toString()
    case 2:
      return bytes.readFloatLE()
    case 4:
      return bytes.readInt8()
    case 5:
      return bytes.readInt32LE()
    case 6:
      return bytes.readDoubleLE()
    case 8:
    case 10:
      return varintsIn(bytes).map(zigzag)
    case 9:
      return each(bytes, 4, (at) => bytes.readFloatLE(at))
    case 11:
      return each(bytes, 1, (at) => bytes.readInt8(at))
    case 12:
      return each(bytes, 4, (at) => bytes.readInt32LE(at))
    case 13:
      return each(bytes, 8, (at) => bytes.readDoubleLE(at))
    default:
      throw new Error(`unknown type ${type}`)
  }
}

function varintsIn(bytes: Buffer): number[] {
  const all: number[] = []
  for (let at = 0; at < bytes.length;) {
    let result = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] as number
      result += (byte & 127) * factor
      if (byte < 128) break
    }
    all.push(result)
  }
  return all
}
