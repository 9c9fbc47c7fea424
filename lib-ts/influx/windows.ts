import type { Window } from '../telemetry/index.js'
import { byStatement, type Ask, type Catalogue } from './catalogue.js'
import type { Columns } from './columns.js'
import { argument } from './errors.js'
import type { Kind } from './layout.js'
import { merged } from './merge.js'
import type { CallOptions } from './options.js'

/** Windows of a series. */
export interface WindowQuestion {
  readonly ask: Ask
  readonly catalogue: Catalogue
  readonly id: string
  readonly from: bigint
  readonly to: bigint
  readonly width: bigint
  readonly o: CallOptions
}

const MOST_WINDOWS = 10_000
const WITHOUT_MEAN: ReadonlySet<Kind | undefined> = new Set(['bool', 'string'])

/** The server's figures per window, over all kinds of an id. */
export async function* windowsOf(q: WindowQuestion): AsyncGenerator<Window[], void, undefined> {
  const { ask, catalogue, from, width, o } = q
  const kinds = catalogue.kinds.filter((kind) => !WITHOUT_MEAN.has(kind))
  const source = {
    count: kinds.length,
    order: 'asc' as const,
    time: ({ time }: Window) => time,
    fetch: async (cursors: ReadonlyMap<number, bigint | undefined>, size: number) => {
      const asked = [...cursors]
      const text = asked.map(([i, cursor]) =>
        statement(q, kinds[i], cursor !== undefined && cursor > from ? cursor : from, size),
      )
      const answers = byStatement(await ask(text.join(';'), o), asked.length)
      return new Map(
        asked.map(([i], k) => {
          const items = windowsIn(answers[k], width)
          return [i, { items, last: items.length < size }] as const
        }),
      )
    },
  }
  // What the measurement does not say must be asked first: the server computes no mean of texts.
  if (kinds.includes(undefined)) await refuseTexts(q)
  let waiting: Window | undefined
  for await (const batch of merged(source, MOST_WINDOWS)) {
    const out: Window[] = []
    for (const window of batch) {
      if (waiting?.time === window.time) waiting = joined(waiting, window)
      else {
        if (waiting !== undefined) out.push(waiting)
        waiting = window
      }
    }
    if (out.length > 0) yield out
  }
  if (waiting !== undefined) yield [waiting]
  else await refuseTexts(q)
}

function statement(
  { catalogue, id, to, width }: WindowQuestion,
  kind: Kind | undefined,
  from: bigint,
  size: number,
): string {
  const { source, where } = catalogue.place(kind, id)
  return (
    `SELECT min(value) AS min, mean(value) AS mean, max(value) AS max, count(value) AS n, stddev(value) AS sd FROM ${source}` +
    ` WHERE ${where}time >= ${from} AND time < ${to} GROUP BY time(${width}ns) FILL(none) LIMIT ${size}`
  )
}

function windowsIn(columns: Columns | undefined, width: bigint): Window[] {
  if (columns === undefined) return []
  const { time, fields, length } = columns
  const number = (key: string, i: number): number => Number(fields[key]?.[i] ?? NaN)
  return Array.from({ length }, (_, i) => {
    const stddev = number('sd', i)
    const count = number('n', i)
    return {
      time: time[i] as bigint,
      width,
      min: number('min', i),
      mean: number('mean', i),
      max: number('max', i),
      count,
      ...(count < 2 || Number.isNaN(stddev) ? {} : { stddev }),
    }
  }).filter(({ count }) => count > 0)
}

/** One window of two kinds of an id; their deviations do not add up to one. */
function joined(a: Window, b: Window): Window {
  const count = a.count + b.count
  return {
    time: a.time,
    width: a.width,
    min: Math.min(a.min, b.min),
    mean: a.mean + (b.mean - a.mean) * (b.count / count),
    max: Math.max(a.max, b.max),
    count,
  }
}

/** Texts and booleans have no mean; an id that has nothing else in the range is refused. */
async function refuseTexts({ ask, catalogue, id, from, to, o }: WindowQuestion): Promise<void> {
  const texts = catalogue.kinds.filter((kind) => WITHOUT_MEAN.has(kind))
  const range = `time >= ${from} AND time < ${to}`
  const kinds = texts.length === 0 ? [undefined] : texts
  const q = kinds.map((kind) => {
    const { source, where } = catalogue.place(kind, id)
    return `SELECT value FROM ${source} WHERE ${where}${range} LIMIT 1`
  })
  const answers = byStatement(await ask(q.join(';'), o), kinds.length)
  const found = answers.find((columns) => Array.isArray(columns?.fields['value']))
  if (found === undefined) return
  const type = typeof (found.fields['value'] as readonly unknown[])[0] === 'boolean' ? 'bool' : 'string'
  throw argument(`${JSON.stringify(id)} is a series of type ${type}, which has no windows`, { op: 'windows' })
}
