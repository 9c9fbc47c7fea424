import type { Sample } from '../telemetry/index.js'
import { anyOf, type Ask, type Catalogue } from './catalogue.js'
import type { StatementColumns } from './columns.js'
import { identifier } from './influxql.js'
import { KINDS, measurementOf } from './layout.js'
import { Metadata } from './metadata.js'
import type { CallOptions } from './options.js'
import { samplesOf } from './samples-of.js'

const FIELDS = 'value, severity, status, message, label'
const MOST_IDS = 1000 // per request
// Per statement: a regular expression of more alternatives than this costs the server eight times as much per id.
const MOST_ALTERNATIVES = 250

/** Per id the newest sample at or before a time. */
export async function newestOf(
  ask: Ask,
  catalogue: Catalogue,
  ids: readonly string[],
  time: bigint,
  o: CallOptions,
): Promise<(Sample | null)[]> {
  const found = new Map<string, Sample>()
  for (const part of parts([...new Set(ids)], MOST_IDS)) {
    const wheres = parts(part, MOST_ALTERNATIVES).map((some) => `pv =~ ${anyOf(some)} AND time <= ${time}`)
    const metadata = await catalogue.newestMetadata(wheres, o)
    const answers = await ask(questions(catalogue, part, wheres, time), o)
    for (const { id, sample } of samplesIn(catalogue, part, answers, metadata)) {
      const before = found.get(id)
      if (before === undefined || before.time < sample.time) found.set(id, sample)
    }
  }
  return ids.map((id) => found.get(id) ?? null)
}

function parts<T>(all: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}

function questions(
  catalogue: Catalogue,
  ids: readonly string[],
  wheres: readonly string[],
  time: bigint,
): string {
  const { layout, prefix } = catalogue.layout
  const statements =
    layout === 'tag'
      ? wheres.flatMap((where) =>
          KINDS.map((kind) => {
            const source = identifier(measurementOf(prefix, kind))
            return `SELECT ${FIELDS} FROM ${source} WHERE ${where} GROUP BY pv ORDER BY time DESC LIMIT 1`
          }),
        )
      : // Several measurements in one statement would cast their values to one type.
        ids.map(
          (id) => `SELECT ${FIELDS} FROM ${identifier(id)} WHERE time <= ${time} ORDER BY time DESC LIMIT 1`,
        )
  return statements.join(';')
}

function* samplesIn(
  catalogue: Catalogue,
  ids: readonly string[],
  answers: readonly StatementColumns[],
  known: ReadonlyMap<string, Metadata>,
): Generator<{ readonly id: string; readonly sample: Sample }, void> {
  const tagged = catalogue.layout.layout === 'tag'
  for (const { statement, columns } of answers) {
    const id = (tagged ? columns.tags['pv'] : ids[statement]) as string
    const metadata = known.get(id) ?? new Metadata(id)
    const [sample] = samplesOf(columns, tagged ? KINDS[statement % KINDS.length] : undefined, metadata)
    if (sample !== undefined) yield { id, sample }
  }
}
