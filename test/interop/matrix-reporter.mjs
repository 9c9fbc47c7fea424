// Ends an interop run with one matrix: every cell a number of real exchanges that passed, or how many failed, or why there
// are none. A vitest reporter; says nothing when no test claimed a cell.

const exchanges = ['get', 'put', 'monitor', 'pipeline', 'rpc', 'info', 'list', 'error', 'reconnect']

/** Cells that cannot be, by peer and exchange. */
const cannot = {
  'IOC with QSRV 2 (PVXS), server': { rpc: 'records have no RPC' },
  'IOC with QSRV 1 (pvAccessCPP), server': { rpc: 'records have no RPC' },
  'p4p 4.3 (PVXS), server': {},
  'p4p 4.3 (PVXS), client': {
    info: 'p4p asks for a type only as part of other operations',
    list: 'p4p cannot list',
  },
  'pvaPy 5.6 (pvAccessCPP), server': {
    pipeline:
      'with a pipelining client its server sends the whole queue again at each post; p4p sees the same',
  },
  'pvaPy 5.6 (pvAccessCPP), client': {
    info: 'pvaPy asks for a type only as part of other operations',
    list: 'pvaPy cannot list',
  },
  'core-pva 5.0.5 (Java), server': {},
  'core-pva 5.0.5 (Java), client': { list: 'lists servers only' },
  'caproto 1.3.0': Object.fromEntries(
    exchanges.map((e) => [e, 'the released caproto speaks Channel Access only']),
  ),
}

export default class MatrixReporter {
  onTestRunEnd(modules) {
    const cells = new Map()
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const cell = test.meta().cell
        if (!cell) continue
        const key = `${cell.peer}|${cell.exchange}`
        const counts = cells.get(key) ?? { passed: 0, failed: 0 }
        cells.set(key, counts)
        const { state } = test.result()
        if (state === 'passed') counts.passed++
        else if (state === 'failed') counts.failed++
      }
    }
    if (cells.size > 0) console.log(matrix(cells))
  }
}

function matrix(cells) {
  const notes = []
  const wide = Math.max(...Object.keys(cannot).map((p) => p.length)) + 2
  const cellOf = (peer, exchange) => {
    const counts = cells.get(`${peer}|${exchange}`)
    if (counts?.failed) return `${counts.failed} FAILED`
    if (counts?.passed) return String(counts.passed)
    const why = cannot[peer]?.[exchange]
    if (why === undefined) return 'not run'
    if (!notes.includes(why)) notes.push(why)
    return `(${notes.indexOf(why) + 1})`
  }
  const lines = [
    'Interoperability: exchanges that passed, by peer; a number in brackets says why there is none',
    ' '.repeat(wide) + exchanges.map((e) => e.padStart(10)).join(''),
    ...Object.keys(cannot).map(
      (peer) => peer.padEnd(wide) + exchanges.map((e) => cellOf(peer, e).padStart(10)).join(''),
    ),
    ...notes.map((why, i) => `  (${i + 1}) ${why}`),
  ]
  return `\n${lines.join('\n')}\n`
}
