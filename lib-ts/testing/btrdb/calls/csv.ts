// Streams beside each other as text: one row a time, one column a stream, or one for each of its statistics.
import { refuse } from '../store/refusal.js'
import type { Message } from '../wire/codec.js'
import { alignedPages, valuePages, windowPages } from './reads.js'
import type { CsvRequest } from './requests.js'
import type { State } from './state.js'

/** What a cell holds, from left to right; nothing where a stream has nothing at that time. */
type Cells = readonly string[]

const statistics = ['min', 'mean', 'max', 'count', 'stddev'] as const

export function* generateCsv(state: State, request: CsvRequest): Generator<Message> {
  const { queryType, streams, includeVersions } = request
  const kind = (['aligned', 'windows', 'values'] as const)[queryType]
  if (kind === undefined) refuse('arguments', `there is no query type ${queryType}`)
  if (streams.length === 0) refuse('arguments', 'a table has at least one stream')
  const read = streams.map((stream) => rowsOf(state, request, kind, stream))
  const labels = streams.map(({ label, uuid }, i) => {
    const named = label === '' ? uuid : label
    return includeVersions ? `${named} (version ${read[i]?.version ?? 0n})` : named
  })
  const names = labels.flatMap((label) =>
    kind === 'values' ? [label] : statistics.map((statistic) => `${label} ${statistic}`),
  )
  yield { isHeader: true, row: ['time', ...names] }
  const width = kind === 'values' ? 1 : statistics.length
  for (const row of joined(
    read.map(({ rows }) => rows),
    width,
  ))
    yield { row }
}

interface Rows {
  readonly version: bigint
  readonly rows: ReadonlyMap<bigint, readonly Cells[]>
}

function rowsOf(
  state: State,
  { startTime: start, endTime: end, windowSize: width, depth }: CsvRequest,
  kind: 'aligned' | 'windows' | 'values',
  { uuid, version: versionMajor }: CsvRequest['streams'][number],
): Rows {
  const range = { uuid, start, end, versionMajor }
  const rows = new Map<bigint, Cells[]>()
  const add = (time: bigint, cells: Cells): void => {
    const there = rows.get(time)
    if (there === undefined) rows.set(time, [cells])
    else there.push(cells)
  }
  let version = versionMajor
  if (kind === 'values') {
    for (const page of valuePages(state, range)) {
      version = page.version
      page.columns?.time.forEach((time, i) => add(time, [String(page.columns?.value[i])]))
    }
    return { version, rows }
  }
  const pages =
    kind === 'aligned'
      ? alignedPages(state, { ...range, pointWidth: depth })
      : windowPages(state, { ...range, width })
  for (const { version: read, columns } of pages) {
    version = read
    if (columns === undefined) continue
    for (const [i, time] of columns.time.entries())
      if (columns.count[i] !== 0n)
        add(
          time,
          statistics.map((statistic) => String(columns[statistic][i])),
        )
  }
  return { version, rows }
}

/** Several points of one stream at one time are several rows. */
function* joined(
  streams: readonly ReadonlyMap<bigint, readonly Cells[]>[],
  width: number,
): Generator<string[]> {
  const times = [...new Set(streams.flatMap((rows) => [...rows.keys()]))].sort((a, b) => (a < b ? -1 : 1))
  const none = Array.from({ length: width }, () => '')
  for (const time of times) {
    const at = streams.map((rows) => rows.get(time) ?? [])
    const most = Math.max(...at.map(({ length }) => length))
    for (let i = 0; i < most; i++) yield [String(time), ...at.flatMap((cells) => cells[i] ?? none)]
  }
}
