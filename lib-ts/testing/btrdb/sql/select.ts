import { refuse } from '../store/refusal.js'
import { evaluate, orderOf, textOf, truthOf, type Row, type Table, type Value } from './evaluate.js'
import { parse, type Expression, type Item, type Order, type Select } from './parser.js'

/** A row of a result, by the names of its columns. */
export type Result = Readonly<Record<string, Value>>

const aggregates = ['count', 'min', 'max']
const ofSets = ['skeys', 'svals']

/** Answers a query over tables. Refuses (441) what is wrong, and what is not understood here. */
export function select(query: string, params: readonly string[], tables: (name: string) => Table): Result[] {
  const parsed = parse(query)
  const table = tables(parsed.table)
  const rows = table.rows
    .map((values): Row => ({ table, values, params }))
    .filter((row) => parsed.where === undefined || truthOf(parsed.where, row) === true)
  // Wrong names are refused where there is no row, too.
  const blank: Row = { table, values: {}, params }
  if (rows.length === 0) check(parsed, blank)
  const results = parsed.items.some(isAggregate)
    ? [aggregated(parsed.items, rows)]
    : ordered(
        parsed,
        rows.flatMap((row) => resultsOf(parsed.items, row)),
      )
  const single = parsed.distinct ? distinct(results) : results
  const offset = count(parsed.offset, blank, 0)
  return single.slice(offset, offset + count(parsed.limit, blank, Infinity)).map(({ result }) => result)
}

interface Made {
  readonly row: Row
  readonly result: Result
}

function check({ items, where, order }: Select, blank: Row): void {
  if (where !== undefined) evaluate(where, blank)
  for (const item of items) if (!isAggregate(item)) resultsOf([item], blank)
  for (const { by } of order) sortKey(by, items, { row: blank, result: {} })
}

function isAggregate({ of }: Item): boolean {
  return of !== '*' && of.kind === 'call' && aggregates.includes(of.name)
}

/** One result, or one for each element where a function gives many. */
function resultsOf(items: readonly Item[], row: Row): Made[] {
  const result: Record<string, Value> = {}
  let sets: [name: string, elements: readonly Value[]] | undefined
  for (const { of, as } of items) {
    if (of === '*') for (const name of row.table.columns) result[name] = row.values[name] ?? null
    else if (of.kind === 'call' && ofSets.includes(of.name)) sets = [as, elementsOf(of, row)]
    else result[as] = evaluate(of, row)
  }
  if (sets === undefined) return [{ row, result }]
  const [name, elements] = sets
  return elements.map((element) => ({ row, result: { ...result, [name]: element } }))
}

function elementsOf({ name, of }: Extract<Expression, { kind: 'call' }>, row: Row): readonly Value[] {
  const store = of === '*' ? null : evaluate(of, row)
  if (store === null) return []
  if (typeof store !== 'object') refuse('sql', `function ${name}(${typeof store}) does not exist`)
  return name === 'skeys' ? Object.keys(store) : Object.values(store)
}

function aggregated(items: readonly Item[], rows: readonly Row[]): Made {
  const result: Record<string, Value> = {}
  for (const item of items) {
    const { of, as } = item
    if (of === '*' || of.kind !== 'call' || !isAggregate(item))
      refuse('sql', `column "${as}" must appear in the GROUP BY clause or be used in an aggregate function`)
    result[as] = aggregate(of, rows)
  }
  return { row: rows[0] as Row, result }
}

function aggregate(
  { name, of, distinct: once }: Extract<Expression, { kind: 'call' }>,
  rows: readonly Row[],
): Value {
  if (of === '*') return rows.length
  const all = rows.map((row) => evaluate(of, row)).filter((value) => value !== null)
  if (name === 'count') return once ? new Set(all.map(textOf)).size : all.length
  const [first, ...rest] = all
  if (first === undefined) return null
  return rest.reduce((best, value) => (orderOf(value, best) < 0 === (name === 'min') ? value : best), first)
}

function ordered({ order, items }: Select, made: Made[]): Made[] {
  if (order.length === 0) return made
  return made.sort((a, b) => {
    for (const one of order) {
      const sign = difference(sortKey(one.by, items, a), sortKey(one.by, items, b), one)
      if (sign !== 0) return sign
    }
    return 0
  })
}

function difference(a: Value, b: Value, { descending, nullsFirst }: Order): number {
  if (a === null || b === null) {
    if (a === b) return 0
    return (a === null) === nullsFirst ? -1 : 1
  }
  return descending ? orderOf(b, a) : orderOf(a, b)
}

/** By the number of a column of the result, by its name, or by anything of the row. */
function sortKey(by: Expression, items: readonly Item[], { row, result }: Made): Value {
  if (by.kind === 'value' && typeof by.value === 'number') {
    const item = items[by.value - 1] ?? refuse('sql', `ORDER BY position ${by.value} is not in select list`)
    return result[item.as] ?? null
  }
  if (by.kind === 'column' && items.some(({ as }) => as === by.name)) return result[by.name] ?? null
  return evaluate(by, row)
}

function distinct(made: readonly Made[]): Made[] {
  const seen = new Map<string, Made>()
  for (const one of made) {
    const key = JSON.stringify(Object.entries(one.result))
    if (!seen.has(key)) seen.set(key, one)
  }
  return [...seen.values()]
}

function count(of: Expression | undefined, blank: Row, none: number): number {
  if (of === undefined) return none
  const value = Number(evaluate(of, blank))
  if (!Number.isInteger(value) || value < 0) refuse('sql', 'LIMIT and OFFSET must not be negative')
  return value
}
