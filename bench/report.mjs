// From the lines of the programs to medians, ratios and a table.

const number = (x, digits = 3) => {
  if (x === undefined || Number.isNaN(x)) return '–'
  if (x >= 1e6) return `${(x / 1e6).toPrecision(digits)} M`
  if (x >= 1e4) return `${(x / 1e3).toPrecision(digits)} k`
  return x >= 100 ? x.toFixed(0) : x.toPrecision(digits)
}

/** kind → the figure that is compared, its unit, whether less is better, and what is said beside it. */
const kinds = {
  rate: {
    unit: 'updates/s',
    figure: (r) => r.updates / r.seconds,
    beside: (r) => ({
      'µs CPU': (r.cpu / r.updates) * 1e6,
      'PVXS ns': (r.pvxs / r.updates) * 1e9,
      'JS ns': (r.js / r.updates) * 1e9,
      'lost %': lostShare(r),
      'loop p99 ms': r.loopP99,
    }),
  },
  load: {
    unit: '% of a core',
    less: true,
    figure: (r) => (r.cpu / r.seconds) * 100,
    beside: (r) => ({ 'updates/s': r.updates / r.seconds, 'lost %': lostShare(r), 'loop p99 ms': r.loopP99 }),
  },
  bytes: {
    unit: 'MB/s',
    figure: (r) => r.bytes / r.seconds / 1e6,
    beside: (r) => ({ 'arrays/s': r.updates / r.seconds, 'lost %': lostShare(r), 'loop p99 ms': r.loopP99 }),
  },
  operations: {
    unit: 'operations/s',
    figure: (r) => r.operations / r.seconds,
    beside: (r) => ({
      'µs CPU': (r.cpu / r.operations) * 1e6,
      failed: r.failed || undefined,
      'loop p99 ms': r.loopP99,
    }),
  },
  latency: {
    unit: 'µs',
    less: true,
    figure: (r) => r.p50,
    beside: (r) => ({ 'p99 µs': r.p99, squashed: r.lost || undefined, failed: r.failed || undefined }),
  },
  post: {
    unit: 'posts/s',
    figure: (r) => r.posted / r.seconds,
    beside: (r) => ({ 'µs CPU': (r.cpu / r.posted) * 1e6, 'delivered/s each': r.delivered }),
  },
  arrays: {
    unit: 'arrays/s delivered',
    figure: (r) => r.delivered,
    beside: (r) => ({
      'posts/s': r.posted / r.seconds,
      'ms CPU each': (r.cpu / r.seconds / r.delivered) * 1e3,
    }),
  },
  time: { unit: 'ms', less: true, figure: (r) => r.ms, beside: (r) => ({ 'process ms': r.processMs }) },
  memory: { unit: 'kB', less: true, figure: (r) => r.kb, beside: () => ({}) },
}

const lostShare = (r) => (r.lost ? (r.lost / (r.lost + r.updates)) * 100 : undefined)

export function median(list) {
  const sorted = list.filter((x) => x !== undefined && !Number.isNaN(x)).sort((a, b) => a - b)
  if (sorted.length === 0) return undefined
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Medians of all rounds of one row, with the ratio to C++, or to the row's own base. */
export function summarise(row, runs) {
  const kind = kinds[row.kind]
  const sides = {}
  let base
  for (const [name, results] of Object.entries(runs)) {
    const good = results.filter((r) => !r.error)
    const figures = good.map(kind.figure)
    const figure = median(figures)
    if (name === (row.base ?? 'C++')) base = figure
    const keys = [...new Set(good.flatMap((r) => Object.keys(kind.beside(r))))]
    const beside = Object.fromEntries(keys.map((k) => [k, median(good.map((r) => kind.beside(r)[k]))]))
    sides[name] = {
      figure,
      ratio: base && figure ? figure / base : undefined,
      spread: figure ? (Math.max(...figures) - Math.min(...figures)) / figure : undefined,
      beside,
      errors: results.filter((r) => r.error).map((r) => r.error),
    }
  }
  return {
    id: row.id,
    title: row.title,
    base: row.base ?? 'C++',
    unit: kind.unit,
    lessIsBetter: kind.less ?? false,
    sides,
  }
}

/** A row as lines of text. */
export function show(summary) {
  const lines = [`${summary.title}  [${summary.id}]`]
  for (const [name, s] of Object.entries(summary.sides)) {
    if (s.figure === undefined) {
      lines.push(`  ${name.padEnd(9)} failed: ${s.errors[0]?.split('\n').slice(0, 3).join(' | ')}`)
      continue
    }
    const beside = Object.entries(s.beside)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => `${k} ${number(v)}`)
      .join(', ')
    lines.push(
      `  ${name.padEnd(9)} ${number(s.figure).padStart(7)} ${summary.unit}` +
        `  ${s.ratio === undefined ? '' : `× ${s.ratio.toFixed(2)}`}`.padEnd(9) +
        `  ±${((s.spread ?? 0) * 50).toFixed(0)} %`.padEnd(8) +
        (beside ? `  ${beside}` : '') +
        (s.errors.length > 0 ? `  (${s.errors.length} runs failed)` : ''),
    )
  }
  return lines.join('\n')
}

/** All rows as a Markdown table, for README.md. */
export function markdown(summaries) {
  const out = ['| row | C++ | others, as a ratio to C++ |', '| --- | ---: | --- |']
  for (const s of summaries) {
    const base = s.sides[s.base]
    const others = Object.entries(s.sides)
      .filter(([name, x]) => name !== s.base && x.figure !== undefined)
      .map(
        ([name, x]) =>
          `${name} ${x.ratio === undefined ? `${number(x.figure)} ${s.unit}` : x.ratio.toFixed(2)}`,
      )
    out.push(`| ${s.title} | ${base ? `${number(base.figure)} ${s.unit}` : ''} | ${others.join(', ')} |`)
  }
  return out.join('\n')
}
