// What bench measures, one row after the other.
import type { Context } from '../../index.js'

export interface Row {
  readonly row: string
  readonly pv: string
  readonly value: number
  readonly unit: string
  /** Of single calls, in µs. */
  readonly p50?: number
  readonly p99?: number
  /** Of this process, in µs for each update. */
  readonly cpu?: number
}

/** What a row is measured with. */
export interface Bench {
  readonly ctx: Context
  readonly pv: string
  readonly target: { readonly server?: string }
  readonly ms: number
  readonly timeout: number
  readonly signal: AbortSignal
}

export const WAVE = 100
const MOST_TIMES = 1_000_000
const MB = 1e6

export function getsInTurn(bench: Bench): Promise<Row> {
  return calls(bench, 'gets in turn', 'gets/s', 1, (n) => get(bench, n))
}

export function getsInWaves(bench: Bench): Promise<Row> {
  return calls(bench, `gets, ${WAVE} at a time`, 'gets/s', WAVE, (n) => get(bench, n))
}

export function putsInTurn(bench: Bench): Promise<Row> {
  return calls(bench, 'puts in turn', 'puts/s', 1, (n) => put(bench, n))
}

export function putsInWaves(bench: Bench): Promise<Row> {
  return calls(bench, `puts, ${WAVE} at a time`, 'puts/s', WAVE, (n) => put(bench, n))
}

function get({ ctx, pv, target, timeout, signal }: Bench, _n: number): Promise<unknown> {
  return ctx.get(pv, { ...target, timeout, signal })
}

function put({ ctx, pv, target, timeout, signal }: Bench, n: number): Promise<unknown> {
  return ctx.put(pv, n, { ...target, timeout, signal })
}

async function calls(
  { pv, ms }: Bench,
  row: string,
  unit: string,
  wave: number,
  call: (n: number) => Promise<unknown>,
): Promise<Row> {
  await call(0) // finds and connects
  const times: number[] = []
  const begin = performance.now()
  let n = 0
  while (performance.now() - begin < ms) {
    await Promise.all(
      Array.from({ length: wave }, async () => {
        const start = performance.now()
        await call(++n)
        if (times.length < MOST_TIMES) times.push(performance.now() - start)
      }),
    )
  }
  const seconds = (performance.now() - begin) / 1_000
  times.sort((a, b) => a - b)
  const at = (share: number): number =>
    1_000 * (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)
  return { row, pv, value: n / seconds, unit, p50: at(0.5), p99: at(0.99) }
}

/** Updates as they come, and what each costs this process. */
export async function updates(bench: Bench): Promise<Row> {
  const { count, seconds, cpu } = await watched(bench)
  return {
    row: 'updates',
    pv: bench.pv,
    value: count / seconds,
    unit: 'updates/s',
    ...(count > 0 && { cpu: cpu / count }),
  }
}

/** An array, read again and again: the reader sets the pace, so that no more is on its way than it takes. */
export async function arrays({ ctx, pv, target, ms, timeout, signal }: Bench): Promise<Row> {
  const read = async (): Promise<number> => {
    const content: unknown = (await ctx.get(pv, { ...target, timeout, signal })).$get('value')
    return ArrayBuffer.isView(content) ? content.byteLength : 0
  }
  await read()
  const begin = performance.now()
  let bytes = 0
  while (performance.now() - begin < ms) bytes += await read()
  const seconds = (performance.now() - begin) / 1_000
  return { row: 'array of 1000000 float64', pv, value: bytes / seconds / MB, unit: 'MB/s' }
}

async function watched({ ctx, pv, target, ms, timeout, signal }: Bench): Promise<{
  readonly count: number
  readonly seconds: number
  readonly cpu: number
}> {
  await ctx.info(pv, { ...target, timeout, signal })
  let count = 0
  const begin = performance.now()
  const before = process.cpuUsage()
  const end = AbortSignal.any([signal, AbortSignal.timeout(ms)])
  try {
    for await (const batch of ctx.monitor(pv, { ...target, signal: end }).batches()) count += batch.length
  } catch (error) {
    signal.throwIfAborted()
    if (!end.aborted) throw error
  }
  const { user, system } = process.cpuUsage(before)
  return { count, seconds: (performance.now() - begin) / 1_000, cpu: user + system }
}
