import { integer, text, toggle, UsageError, valued } from '../../cli/index.js'
import { quote } from '../../input/index.js'

const number = (word: string, option: string): number => {
  const found = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : NaN
  if (!Number.isFinite(found)) throw new UsageError(`${option}: ${quote(word)} is not a number of 0 or more`)
  return found
}
const file = { complete: 'file' } as const

export const to = valued(
  'to',
  'URL',
  'where to: jsonl:FILE, jsonl:- for stdout, influx://HOST/DATABASE, pi://HOST/piwebapi, btrdb://HOST, kafka://HOST/TOPIC, nats://HOST/STREAM; may be repeated',
  text,
)
export const spool = valued(
  'spool',
  'DIR',
  'a folder in which samples wait, so that no crash loses them',
  text,
  file,
)
export const deadband = valued(
  'deadband',
  'X',
  'only values that are further than X from the last one recorded',
  number,
)
export const every = valued('every', 'MS', 'the newest value again after MS without one', integer(1))
export const minPeriod = valued('min-period', 'MS', 'at most one sample per PV in MS', integer(0))
export const status = valued('status', 'PREFIX', 'serve PVs about the recorder, named PREFIX…', text)
export const http = valued(
  'http',
  'PORT',
  'health, metrics and status by HTTP on loopback; 0: a free port',
  integer(0, 65_535),
)
export const name = valued('name', 'NAME', 'the name of this recorder', text)

export const check = toggle(
  'check',
  'with a configuration: tell its faults, all of them, and connect to nothing',
)
export const print = toggle('print', 'show the configuration in effect, *** for what is secret, and end')
export const schema = toggle('schema', 'show the JSON schema of configurations, and end')
export const init = valued(
  'init',
  'FILE',
  'write a configuration with comments to begin with, and end',
  text,
  file,
)

export const all = [to, spool, deadband, every, minPeriod, status, http, name, check, print, schema, init]
