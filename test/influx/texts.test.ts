// Texts and integers of an answer, as MessagePack has them: what is kept of those read before must never show.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { InfluxDB } from 'node-pvxs/influx'
import { gateway } from './gateway.js'

const text = (s: string): Buffer => {
  const bytes = Buffer.from(s)
  return bytes.length < 32
    ? Buffer.concat([Buffer.of(0xa0 | bytes.length), bytes])
    : Buffer.concat([Buffer.of(0xd9, bytes.length), bytes])
}

/** The shortest form, as the server writes integers. */
function integer(n: number): Buffer {
  if (n >= 0 && n <= 0x7f) return Buffer.of(n)
  if (n < 0 && n >= -32) return Buffer.of(256 + n)
  const forms: [number, number, number, (b: Buffer) => void][] = [
    [0xcc, 0, 0xff, (b) => b.writeUInt8(n, 1)],
    [0xcd, 0, 0xffff, (b) => b.writeUInt16BE(n, 1)],
    [0xce, 0, 0xffff_ffff, (b) => b.writeUInt32BE(n, 1)],
    [0xd0, -0x80, 0x7f, (b) => b.writeInt8(n, 1)],
    [0xd1, -0x8000, 0x7fff, (b) => b.writeInt16BE(n, 1)],
    [0xd2, -0x8000_0000, 0x7fff_ffff, (b) => b.writeInt32BE(n, 1)],
  ]
  for (const [code, min, max, write] of forms) {
    if (n < min || n > max) continue
    const size = code === 0xcc || code === 0xd0 ? 2 : code === 0xcd || code === 0xd1 ? 3 : 5
    const bytes = Buffer.alloc(size, code)
    write(bytes)
    return bytes
  }
  const bytes = Buffer.alloc(9, 0xd3)
  bytes.writeBigInt64BE(BigInt(n), 1)
  return bytes
}

function answer(rows: readonly (readonly [string, number | null])[]): Buffer {
  const length = Buffer.of(0xdd, 0, 0, rows.length >> 8, rows.length & 255)
  const values = rows.map(([s, n]) =>
    Buffer.concat([Buffer.of(0x92), text(s), n === null ? Buffer.of(0xc0) : integer(n)]),
  )
  return Buffer.concat([
    ...[Buffer.of(0x81), text('results'), Buffer.of(0x91, 0x82), text('statement_id'), Buffer.of(0)],
    ...[text('series'), Buffer.of(0x91, 0x83), text('name'), text('m')],
    ...[text('columns'), Buffer.of(0x92), text('s'), text('n')],
    ...[text('values'), length, ...values],
  ])
}

it('are read as they are, among thousands of others that are like them', async () => {
  // `Ã©` has the letters that the bytes of `é` would be.
  const letters = fc.string({
    unit: fc.constantFrom('a', 'b', 'é', 'Ã', '©', '\u0080', 'ÿ', '字', '🚀'),
    maxLength: 9,
  })
  const number = fc.oneof(
    fc.constantFrom(null, -1, -32, -33, -128, -129, -32_768, -32_769, 127, 128, 255, 256, 65_535, 65_536),
    fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 31), -(2 ** 31) - 1),
  )
  const rows = fc
    .sample(fc.tuple(letters, number), { numRuns: 5000, seed: 1 })
    .flatMap(([s, n]): [string, number | null][] => [
      [Buffer.from(s).toString('latin1').slice(0, 31), n],
      [s, n],
    ])
  const body = answer([['first', 1], ...rows])
  await using server = await gateway((response) => {
    response.writeHead(200, { 'content-type': 'application/x-msgpack' })
    for (let at = 0; at < body.length; at += 777) response.write(body.subarray(at, at + 777))
    response.end()
  })
  await using db = new InfluxDB({ url: server.url, database: 'd' })
  const [columns] = await db.columns('SELECT s, n FROM m')
  expect(columns?.fields['s']).toEqual(['first', ...rows.map(([s]) => s)])
  const nulls = columns?.nulls?.['n'] as Uint8Array
  const integers = Array.from(columns?.fields['n'] as BigInt64Array, (n, i) =>
    nulls[i] === 1 ? null : Number(n),
  )
  expect(integers).toEqual([1, ...rows.map(([, n]) => n)])
  const read = []
  for await (const row of db.rows<{ s: string; n: number | null }>('SELECT s, n FROM m'))
    read.push([row.s, row.n])
  expect(read).toEqual([['first', 1], ...rows])
})
