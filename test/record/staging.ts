// Recorders for tests: PVs on loopback, a sink that counts, and configurations in files.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { NTScalar, SharedPV, type AnyPV, type Context } from 'node-pvxs'
import { parseConfig, Recorder, type RecordConfig, type StartOptions } from 'node-pvxs/record'
import { readFileSync } from 'node:fs'
import { loopback } from '../unit/fixtures.js'
import { CountingSink } from './counting.js'

export const FAST = { linger: 0, retry: { min: 5, max: 5 } }

export const double = (value = 0): SharedPV =>
  SharedPV.mailbox(new NTScalar('float64'), { value }) as SharedPV

export interface Stage {
  readonly recorder: Recorder
  /** The one named `all`. */
  readonly sink: CountingSink
  /** The one named `other`, which a configuration may name. */
  readonly other: CountingSink
  readonly lines: string[]
  readonly ctx: Context
}

/** A recorder of all the PVs, into a sink named `all` unless the configuration says otherwise. */
export async function recording(
  pvs: Record<string, AnyPV>,
  config: Partial<RecordConfig> = {},
  options: StartOptions = {},
): Promise<Stage> {
  return started(
    pvs,
    { pvs: Object.keys(pvs), sinks: { all: { type: 'custom', batch: FAST } }, ...config },
    options,
  )
}

/** The same from a file. */
export async function recordingFile(pvs: Record<string, AnyPV>, path: string): Promise<Stage> {
  return started(pvs, parseConfig(readFileSync(path, 'utf8'), { file: path }))
}

async function started(
  pvs: Record<string, AnyPV>,
  config: RecordConfig,
  options: StartOptions = {},
): Promise<Stage> {
  const { ctx } = await loopback(pvs, { after: onTestFinished })
  const [sink, other] = [new CountingSink(), new CountingSink()]
  const lines: string[] = []
  const recorder = await Recorder.start(config, {
    context: ctx,
    sinks: { all: sink, other },
    log: (line) => lines.push(line),
    ...options,
  })
  onTestFinished(() => recorder.close())
  return { recorder, sink, other, lines, ctx }
}

/** A folder that goes with the test, with these files in it. */
export async function folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'node-pvxs-record-'))
  onTestFinished(() => rm(path, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  return path
}
