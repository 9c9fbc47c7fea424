import { bad, type Check, flag, integer, isPlainObject, quote, readOptions } from '../input/index.js'
import { argument, checking } from './errors.js'
import { ident, identifier, stringLiteral, type InfluxQL } from './influxql.js'
import { callChecks, placeName, type CallOptions } from './options.js'
import type { ResultSeries } from './result.js'

/** ms, or text as InfluxQL has it: `1h30m`, `INF`. */
export type Duration = number | string

/** What {@link InfluxDB.createDatabase} takes: its first retention policy. */
export interface DatabaseOptions extends CallOptions {
  readonly duration?: Duration | undefined
  readonly replication?: number | undefined
  readonly shardDuration?: Duration | undefined
  /** Name of the policy. */
  readonly policy?: string | undefined
}

/** What {@link InfluxDB.createRetentionPolicy} takes. */
export interface PolicyOptions extends CallOptions {
  readonly duration: Duration
  /** 1 */
  readonly replication?: number | undefined
  readonly shardDuration?: Duration | undefined
  /** Whether it becomes the one that writes and queries without a policy go to. */
  readonly default?: boolean | undefined
}

/** A retention policy, as the server tells of it. */
export interface RetentionPolicy {
  readonly name: string
  readonly duration: string
  readonly shardGroupDuration: string
  readonly replicaN: number
  readonly default: boolean
}

/** Runs statements; what it returns is flat: all series of the answer. */
export type Run = (q: string | InfluxQL, options: CallOptions) => Promise<readonly ResultSeries[]>

const durationCheck: Check<Duration> = (value, name) => {
  if (value === Infinity) return 'INF'
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value
  if (typeof value === 'string' && /^(INF|(\d+(ns|u|µ|ms|s|m|h|d|w))+)$/.test(value)) return value
  throw bad(name, "a whole number of ms above 0, or text such as '1h30m' or 'INF'", value)
}

const policyChecks = {
  ...callChecks,
  duration: durationCheck,
  replication: integer(1, 1_000_000),
  shardDuration: durationCheck,
  default: flag,
}

function durationText(duration: Duration): string {
  return typeof duration === 'number' ? `${duration}ms` : duration
}

/** The statements of management, each name quoted and each value a literal. */
export class Management {
  readonly #run: Run
  readonly #database: string | undefined

  constructor(run: Run, database: string | undefined) {
    this.#run = run
    this.#database = database
  }

  async createDatabase(name: string | undefined, options: unknown): Promise<void> {
    const op = 'createDatabase'
    const checks = { ...policyChecks, policy: placeName }
    const o = checking(op, () => readOptions(options, checks, op))
    const parts = [
      o.duration === undefined ? '' : ` DURATION ${durationText(o.duration)}`,
      o.replication === undefined ? '' : ` REPLICATION ${o.replication}`,
      o.shardDuration === undefined ? '' : ` SHARD DURATION ${durationText(o.shardDuration)}`,
      o.policy === undefined ? '' : ` NAME ${identifier(o.policy)}`,
    ].join('')
    const database = this.#databaseOf(name ?? o.database, op)
    await this.#run(`CREATE DATABASE ${identifier(database)}${parts === '' ? '' : ` WITH${parts}`}`, o)
  }

  async dropDatabase(name: string | undefined, options: unknown): Promise<void> {
    const o = this.#options(options, 'dropDatabase')
    await this.#run(`DROP DATABASE ${identifier(this.#databaseOf(name ?? o.database, 'dropDatabase'))}`, o)
  }

  async dropMeasurement(name: string, options: unknown): Promise<void> {
    await this.#run(`DROP MEASUREMENT ${identifier(name)}`, this.#options(options, 'dropMeasurement'))
  }

  async dropSeries(options: unknown): Promise<void> {
    const op = 'dropSeries'
    const whereCheck: Check<Record<string, string>> = (value, name) => {
      if (!isPlainObject(value) || !Object.values(value).every((x) => typeof x === 'string'))
        throw bad(name, 'an object of texts', value)
      return value as Record<string, string>
    }
    const o = checking(op, () =>
      readOptions(options, { ...callChecks, from: placeName, where: whereCheck }, op),
    )
    const { from, where = {} } = o
    const tags = Object.entries(where).map(([key, value]) => `${identifier(key)} = ${stringLiteral(value)}`)
    if (from === undefined && tags.length === 0)
      throw argument('dropSeries() needs "from" or "where": it would drop everything', { op })
    const fromText = from === undefined ? '' : ` FROM ${identifier(from)}`
    await this.#run(`DROP SERIES${fromText}${tags.length === 0 ? '' : ` WHERE ${tags.join(' AND ')}`}`, o)
  }

  async createRetentionPolicy(name: string, options: unknown): Promise<void> {
    const op = 'createRetentionPolicy'
    const o = checking(op, () => readOptions(options, policyChecks, op))
    if (o.duration === undefined) throw argument('option "duration" is missing', { op })
    const parts = [
      ` DURATION ${durationText(o.duration)} REPLICATION ${o.replication ?? 1}`,
      o.shardDuration === undefined ? '' : ` SHARD DURATION ${durationText(o.shardDuration)}`,
      o.default === true ? ' DEFAULT' : '',
    ].join('')
    const database = identifier(this.#databaseOf(o.database, op))
    await this.#run(`CREATE RETENTION POLICY ${identifier(name)} ON ${database}${parts}`, o)
  }

  async dropRetentionPolicy(name: string, options: unknown): Promise<void> {
    const op = 'dropRetentionPolicy'
    const o = this.#options(options, op)
    await this.#run(
      `DROP RETENTION POLICY ${identifier(name)} ON ${identifier(this.#databaseOf(o.database, op))}`,
      o,
    )
  }

  showDatabases(options: unknown): Promise<string[]> {
    return this.#names('SHOW DATABASES', this.#options(options, 'showDatabases'))
  }

  showMeasurements(options: unknown): Promise<string[]> {
    return this.#names('SHOW MEASUREMENTS', this.#options(options, 'showMeasurements'))
  }

  showSeries(measurement: string | undefined, options: unknown): Promise<string[]> {
    return this.#names(`SHOW SERIES${from(measurement)}`, this.#options(options, 'showSeries'))
  }

  async showUsers(options: unknown): Promise<{ user: string; admin: boolean }[]> {
    const series = await this.#run('SHOW USERS', this.#options(options, 'showUsers'))
    return series.flatMap(({ values }) =>
      values.map(([user, admin]) => ({ user: String(user), admin: admin === true })),
    )
  }

  async showTagKeys(measurement: string | undefined, options: unknown): Promise<Record<string, string[]>> {
    const series = await this.#run(`SHOW TAG KEYS${from(measurement)}`, this.#options(options, 'showTagKeys'))
    return byName(series, ({ values }) => values.map(([key]) => String(key)))
  }

  async showFieldKeys(
    measurement: string | undefined,
    options: unknown,
  ): Promise<Record<string, Record<string, string>>> {
    const series = await this.#run(
      `SHOW FIELD KEYS${from(measurement)}`,
      this.#options(options, 'showFieldKeys'),
    )
    return byName(series, ({ values }) =>
      Object.fromEntries(values.map(([key, type]) => [String(key), String(type)])),
    )
  }

  async showTagValues(key: string, measurement: string | undefined, options: unknown): Promise<string[]> {
    const o = this.#options(options, 'showTagValues')
    const series = await this.#run(`SHOW TAG VALUES${from(measurement)} WITH KEY = ${identifier(key)}`, o)
    return [...new Set(series.flatMap(({ values }) => values.map((row) => String(row[1]))))]
  }

  async showRetentionPolicies(options: unknown): Promise<RetentionPolicy[]> {
    const op = 'showRetentionPolicies'
    const o = this.#options(options, op)
    const series = await this.#run(
      `SHOW RETENTION POLICIES ON ${identifier(this.#databaseOf(o.database, op))}`,
      o,
    )
    return series.flatMap(({ columns, values }) =>
      values.map(
        (row) =>
          Object.fromEntries(columns.map((column, i) => [column, row[i]])) as unknown as RetentionPolicy,
      ),
    )
  }

  async showContinuousQueries(options: unknown): Promise<Record<string, { name: string; query: string }[]>> {
    const series = await this.#run('SHOW CONTINUOUS QUERIES', this.#options(options, 'showContinuousQueries'))
    return byName(series, ({ values }) =>
      values.map(([name, query]) => ({ name: String(name), query: String(query) })),
    )
  }

  #options(options: unknown, op: string): CallOptions {
    return checking(op, () => readOptions(options, callChecks, op))
  }

  async #names(q: string, o: CallOptions): Promise<string[]> {
    return (await this.#run(q, o)).flatMap(({ values }) => values.map(([name]) => String(name)))
  }

  #databaseOf(name: string | undefined, op: string): string {
    const database = name ?? this.#database
    if (database === undefined) throw argument('no database is named', { op })
    if (typeof database !== 'string' || /[/\\]/.test(database))
      throw argument(
        `${quote(database)} is not the name of a database: InfluxDB takes no / and no back-slash`,
        { op },
      )
    return database
  }
}

function from(measurement: string | undefined): string {
  return measurement === undefined ? '' : ` FROM ${ident(measurement).text}`
}

function byName<T>(series: readonly ResultSeries[], of: (one: ResultSeries) => T): Record<string, T> {
  // fromEntries defines its keys: one called __proto__ is an own property.
  return Object.fromEntries(series.map((one) => [one.name, of(one)]))
}
