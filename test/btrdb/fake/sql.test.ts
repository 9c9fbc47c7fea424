import { describe, expect, it } from 'vitest'
import { select } from '../../../lib-ts/testing/btrdb/sql/select.js'
import type { Table, Value } from '../../../lib-ts/testing/btrdb/sql/evaluate.js'

const uuid = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`
const row = (
  n: number,
  collection: string,
  name: string,
  unit: string,
  annotations: Record<string, string | null> = {},
): Record<string, Value> => ({ uuid: uuid(n), collection, name, unit, property_version: n, annotations })

const streams: Table = {
  columns: ['uuid', 'collection', 'name', 'unit', 'property_version', 'annotations'],
  uuids: ['uuid'],
  rows: [
    row(1, 'lab', 'temperature', 'degC', { owner: 'ann', note: '5%' }),
    row(2, 'lab', 'Pressure', 'bar', { owner: 'bob' }),
    row(3, 'lab/ps1', 'current', 'A'),
    row(4, 'plant', "o'clock", '', { owner: null }),
  ],
}
const missing = (name: string): never => {
  throw Object.assign(new Error(`relation "${name}" does not exist`), { code: 441 })
}
const query = (text: string, ...params: string[]): unknown[] =>
  select(text, params, (name) => (name === 'streams' ? streams : missing(name)))
/** The names of the streams that a condition leaves. */
const names = (where: string, ...params: string[]): unknown[] =>
  (query(`SELECT name FROM streams WHERE ${where}`, ...params) as { name: string }[]).map(({ name }) => name)

describe('the SQL of the fake BTrDB', () => {
  it.each<[string, string[], string[]]>([
    [`name = 'temperature'`, [], ['temperature']],
    [`name = 'o''clock'`, [], ["o'clock"]],
    [`name <> $1 AND collection = $2`, ['Pressure', 'lab'], ['temperature']],
    [`name != 'Pressure' and not collection = 'lab'`, [], ['current', "o'clock"]],
    [`(name = $1 OR name = $2) AND unit = 'A'`, ['current', 'Pressure'], ['current']],
    [`name = 'current' OR name = 'x' AND unit = 'none'`, [], ['current']],
    [`property_version > 2`, [], ['current', "o'clock"]],
    [`property_version = $1`, ['2'], ['Pressure']],
    [`property_version <= $1::bigint and property_version >= 2`, ['3'], ['Pressure', 'current']],
    [`property_version BETWEEN 2 AND 3`, [], ['Pressure', 'current']],
    [`name LIKE '%re%'`, [], ['temperature', 'Pressure', 'current']],
    [`name LIKE 'p%'`, [], []],
    [`name ILIKE 'p%'`, [], ['Pressure']],
    [`name NOT LIKE '%e%'`, [], ["o'clock"]],
    [`name LIKE '_urrent'`, [], ['current']],
    [`annotations->'note' LIKE '5\\%'`, [], ['temperature']],
    [`collection like $1`, ['lab%'], ['temperature', 'Pressure', 'current']],
    [`name IN ('current', $1)`, ['Pressure'], ['Pressure', 'current']],
    [`name NOT IN ('current', 'Pressure')`, [], ['temperature', "o'clock"]],
    [`annotations->'owner' IS NULL`, [], ['current', "o'clock"]],
    [`annotations->$1::text IS NOT NULL`, ['owner'], ['temperature', 'Pressure']],
    [`annotations->'owner' = 'bob'`, [], ['Pressure']],
    [`NOT annotations->'owner' = 'bob'`, [], ['temperature']],
    [`annotations ? 'owner'`, [], ['temperature', 'Pressure', "o'clock"]],
    [`uuid = $1`, [uuid(3)], ['current']],
    [
      `uuid IN ($1::uuid, $2)`,
      [uuid(3).toUpperCase(), uuid(1).replaceAll('-', '')],
      ['temperature', 'current'],
    ],
    [`unit = ''`, [], ["o'clock"]],
    [`lower(name) = 'pressure'`, [], ['Pressure']],
    [`streams.name = 'current' -- a comment`, [], ['current']],
    [`true`, [], ['temperature', 'Pressure', 'current', "o'clock"]],
    [`null IS NULL AND NULL = NULL`, [], []],
  ])('finds WHERE %s', (where, params, found) => expect(names(where, ...params)).toEqual(found))

  it('gives all columns, or those that are named', () => {
    expect(query('SELECT * FROM streams WHERE name = $1', 'Pressure')).toEqual([streams.rows[1]])
    expect(
      query(`select "name" as "N", unit u, uuid from streams as s where s.property_version = 3;`),
    ).toEqual([{ N: 'current', u: 'A', uuid: uuid(3) }])
    expect(
      query(`SELECT annotations->'owner' AS owner, property_version::text FROM streams LIMIT 1`),
    ).toEqual([{ owner: 'ann', property_version: '1' }])
  })

  it('counts, and finds the least and the greatest', () => {
    expect(query('SELECT COUNT(*) FROM streams')).toEqual([{ count: 4 }])
    expect(query('SELECT count(uuid) AS n FROM streams WHERE unit = $1', 'none')).toEqual([{ n: 0 }])
    expect(query(`SELECT COUNT(annotations->'owner') FROM streams`)).toEqual([{ count: 2 }])
    expect(query('SELECT COUNT(DISTINCT collection) FROM streams')).toEqual([{ count: 3 }])
    expect(query('SELECT MIN(property_version) AS a, MAX(name) AS b FROM streams')).toEqual([
      { a: 1, b: 'temperature' },
    ])
    expect(query(`SELECT MAX(name) FROM streams WHERE name = ''`)).toEqual([{ max: null }])
  })

  it('leaves out what was there, and gives keys of annotations', () => {
    expect(query('select distinct(collection) as collection from streams')).toEqual(
      ['lab', 'lab/ps1', 'plant'].map((collection) => ({ collection })),
    )
    const keys = 'select distinct(skeys(annotations)) as annotations from streams'
    expect(query(`${keys} where collection like $1`, 'lab%')).toEqual([
      { annotations: 'owner' },
      { annotations: 'note' },
    ])
    expect(query('SELECT name, skeys(annotations) FROM streams ORDER BY 2, 1')).toEqual([
      { name: 'temperature', skeys: 'note' },
      { name: 'Pressure', skeys: 'owner' },
      { name: "o'clock", skeys: 'owner' },
      { name: 'temperature', skeys: 'owner' },
    ])
  })

  it('orders, and takes a part', () => {
    const ordered = (rest: string, ...params: string[]): unknown[] =>
      (query(`SELECT name FROM streams ${rest}`, ...params) as { name: string }[]).map(({ name }) => name)
    expect(ordered('ORDER BY name')).toEqual(['Pressure', 'current', "o'clock", 'temperature'])
    expect(ordered('ORDER BY collection DESC, name ASC')).toEqual([
      "o'clock",
      'current',
      'Pressure',
      'temperature',
    ])
    expect(ordered(`ORDER BY annotations->'owner', name`)).toEqual([
      'temperature',
      'Pressure',
      'current',
      "o'clock",
    ])
    expect(ordered(`ORDER BY annotations->'owner' NULLS FIRST, name`)[0]).toBe('current')
    expect(ordered('ORDER BY property_version LIMIT 2 OFFSET 1')).toEqual(['Pressure', 'current'])
    expect(ordered('ORDER BY property_version OFFSET $1 LIMIT $2', '3', '5')).toEqual(["o'clock"])
  })

  it.each<[string, string]>([
    ['DELETE FROM streams', 'only SELECT'],
    ['', 'only SELECT'],
    ['SELECT name FROM none', 'relation "none"'],
    ['SELECT colour FROM streams', 'column "colour"'],
    [`SELECT name FROM streams WHERE colour = 'x'`, 'column "colour"'],
    ['SELECT name FROM streams ORDER BY colour', 'column "colour"'],
    ['SELECT name FROM streams WHERE', 'syntax error at end of input'],
    ['SELECT name FROM streams WHERE name = 1 2', 'syntax error at or near "2"'],
    ['SELECT FROM streams', 'syntax error at or near "from"'],
    ['SELECT name streams', 'syntax error'],
    [`SELECT name FROM streams WHERE name = 'open`, 'syntax error'],
    ['SELECT name FROM streams; SELECT 1', 'syntax error'],
    ['SELECT name FROM streams WHERE name = $1', 'parameter $1'],
    [`SELECT name FROM streams WHERE property_version = 'x'`, 'invalid input syntax for type bigint'],
    [`SELECT name FROM streams WHERE uuid = 'x'`, 'invalid input syntax for type uuid'],
    [`SELECT name FROM streams WHERE name`, 'must be type boolean'],
    ['SELECT name::colour FROM streams', 'type "colour"'],
    ['SELECT pg_sleep(1) FROM streams', 'function pg_sleep'],
    ['SELECT name, COUNT(*) FROM streams', 'GROUP BY'],
    ['SELECT skeys(name) FROM streams', 'skeys(string)'],
    ['SELECT name FROM streams LIMIT -1', 'must not be negative'],
    ['SELECT x.name FROM streams', 'missing FROM-clause'],
  ])('refuses %s', (text, why) => {
    expect(() => query(text)).toThrow(
      expect.objectContaining({ code: 441, message: expect.stringContaining(why) as string }),
    )
  })

  it('refuses wrong names where there is no row, too', () => {
    const empty = { ...streams, rows: [] }
    for (const text of ['SELECT colour FROM streams', 'SELECT name FROM streams WHERE colour = 1'])
      expect(() => select(text, [], () => empty)).toThrow('colour')
    expect(select('SELECT skeys(annotations) FROM streams', [], () => empty)).toEqual([])
  })
})
