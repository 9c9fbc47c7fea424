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

/** Per id the newest sample at or before a time. */
export async function newestOf(
  ask: Ask,
  catalogue: Catalogue,
  ids: readonly string[],
  time: bigint,
  o: CallOptions,
): Promise<(Sample | null)[]> {
  const found = new Map<string, Sample>()
  const distinct = [...new Set(ids)]
  for (let at = 0; at < distinct.length; at += MOST_IDS) {
    const part = distinct.slice(at, at + MOST_IDS)
    const where = `pv =~ ${anyOf(part)} AND time <= ${time}`
    const metadata = await catalogue.newestMetadata(where, o)
    const answers = await ask(questions(catalogue, part, where, time), o)
    for (const { id, sample } of samplesIn(catalogue, part, answers, metadata)) {
      const before = found.get(id)
      if (before === undefined || before.time < sample.time) found.set(id, sample)
    }
  }
  return ids.map((id) => found.get(id) ?? null)
}

function questions(catalogue: Catalogue, ids: readonly string[], where: string, time: bigint): string {
  const { layout, prefix } = catalogue.layout
  const statements =
    layout === 'tag'
      ? KINDS.map((kind) => {
          const source = identifier(measurementOf(prefix, kind))
          return `SELECT ${FIELDS} FROM ${source} WHERE ${where} GROUP BY pv ORDER BY time DESC LIMIT 1`
        })
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
    const [sample] = samplesOf(columns, tagged ? KINDS[statement] : undefined, metadata)
    if (sample !== undefined) yield { id, sample }
  }
}
