// What a command works with.
import type * as core from '../index.js'
import type { Context, ContextOptions, LogLine } from '../index.js'
import { escapeControls, escapeLine } from '../input/index.js'
import { InvalidArgumentError } from '../errors.js'
import { UsageError } from './declare.js'
import { codeOf, ExitCode, failureText, REFUSED } from './failures.js'
import * as options from './options.js'
import type { Formatter } from './output/formats.js'
import type { Output } from './output/sink.js'
import type { Parsed } from './parse.js'
import { Settings } from './settings.js'

/** The public names of the package, which a command loads when it needs them. */
export type Core = typeof core

/** Which fields are asked for. */
export interface Selection {
  readonly request?: string
  readonly fields?: readonly string[]
}

export interface Streams {
  readonly stdout: Output
  readonly stderr: Output
  /** Told by a command whose regular end is SIGINT or SIGTERM: its exit code is then its own. `patient`: it may take long. */
  readonly endsBySignal?: (patient: boolean) => void
  /** Has SIGHUP call this, and end nothing. */
  readonly onHangup?: (call: () => void) => void
}

const DEFAULT_TIMEOUT = 5_000
const HELD_LINES = 5

/** What a command is given: its words, its settings, where it writes, and how it ends. */
export class CommandContext {
  readonly stdout: Output
  readonly stderr: Output
  /** Fires when the command is to end: a signal came, or nobody reads its output. */
  readonly signal: AbortSignal
  readonly options: Parsed
  readonly args: readonly string[]
  readonly settings: Settings
  readonly #code = new ExitCode()
  readonly #streams: Streams
  #core: Promise<Core> | undefined
  #held: string[] = []

  constructor(streams: Streams, signal: AbortSignal, parsed: Parsed) {
    this.stdout = streams.stdout
    this.stderr = streams.stderr
    this.signal = signal
    this.options = parsed
    this.args = parsed.args
    this.settings = new Settings(parsed)
    this.#streams = streams
  }

  get exitCode(): number {
    return this.#code.value
  }

  get verbose(): boolean {
    return this.options.of(options.verbose) === true
  }

  /** The limit of one call, in ms. */
  get timeout(): number {
    return this.settings.of(options.timeout) ?? DEFAULT_TIMEOUT
  }

  /** The server to ask without a search, as options of a call. */
  get target(): { readonly server?: string } {
    const server = this.settings.of(options.server)
    return server === undefined ? {} : { server }
  }

  get selection(): Selection {
    const request = this.options.of(options.request)
    const fields = this.options.of(options.fields)
    if (request !== undefined && fields !== undefined)
      throw new UsageError('--fields is short for a --request: give one of them')
    return { ...(request !== undefined && { request }), ...(fields !== undefined && { fields }) }
  }

  /** Of the fields that a server sent, those that were asked for by name. pvAccessCPP's servers send all of them. */
  asked(sent: ReadonlySet<string>): ReadonlySet<string> {
    const fields = this.options.of(options.fields)
    if (fields === undefined) return sent
    const isAsked = (path: string): boolean =>
      fields.some((field) => path === field || path.startsWith(`${field}.`))
    return new Set([...sent].filter(isAsked))
  }

  /** The package, its log led to stderr or nowhere. */
  core(): Promise<Core> {
    this.#core ??= import('../index.js').then((core) => {
      core.setLogger((line) => this.#log(line))
      if (this.options.of(options.debug) === true) core.setLogLevel('pvxs.*', 'debug')
      return core
    })
    return this.#core
  }

  /**
   * A client with the settings in force.
   *
   * @param below options that stand below what was typed, and above the other settings
   */
  async open(below?: ContextOptions): Promise<Context> {
    const core = await this.core()
    const { selection } = this
    try {
      if (selection.request !== undefined) core.PvRequest.parse(selection.request)
      const context = new core.Context(this.settings.contextOptions(below))
      if (this.verbose) this.talk(configurationText(context))
      return context
    } catch (error) {
      throw error instanceof InvalidArgumentError ? new UsageError(asTyped(error.message)) : error
    }
  }

  /** What turns values of these PVs into text. */
  async format(names: readonly string[], preferred: 'line' | 'tree' = 'line'): Promise<Formatter> {
    const { Formatter } = await import('./output/formats.js')
    return new Formatter(
      {
        format: this.settings.of(options.format) ?? preferred,
        maxItems: this.settings.of(options.maxItems),
        precision: this.options.of(options.precision),
        time: this.settings.of(options.time) ?? 'local',
        enums: this.options.of(options.enums) ?? 'label',
        int64: this.options.of(options.int64) ?? 'string',
        color: this.colored,
        terminal: this.stdout.terminal,
      },
      names,
    )
  }

  /** Whether stdout gets colours. */
  get colored(): boolean {
    const wanted = this.settings.of(options.color) ?? 'auto'
    if (wanted !== 'auto') return wanted === 'always'
    const forced = process.env['FORCE_COLOR'] ?? ''
    if (forced !== '') return forced !== '0' && forced !== 'false'
    return this.stdout.terminal && (process.env['NO_COLOR'] ?? '') === ''
  }

  /**
   * Resolves when a signal comes, which is the regular end of this command: its exit code is then what it is by itself.
   *
   * @param patient whether what follows may take longer than the moment that a command has to end
   */
  untilSignal(patient = false): Promise<void> {
    this.#streams.endsBySignal?.(patient)
    const { signal } = this
    return new Promise((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Has SIGHUP call this from now on, and not end the command. */
  onHangup(call: () => void): void {
    this.#streams.onHangup?.(call)
  }

  /** Notes that not all was done. */
  fail(code: number): void {
    this.#code.add(code)
  }

  /** Tells of the failure of one PV; `full`: with all the lines there are. */
  failed(name: string | undefined, error: unknown, full: boolean): void {
    this.fail(codeOf(error))
    if (this.options.of(options.quiet) === true) return
    this.talk(failureText(name, error, full || this.verbose))
  }

  /** Writes to stderr. */
  talk(text: string): void {
    void this.stderr.write(text)
  }

  /** A remark on stderr. */
  note(text: string): void {
    if (this.options.of(options.quiet) !== true) this.talk(`node-pvxs: ${escapeControls(text)}\n`)
  }

  /** What the core complained about, told when something failed. */
  explain(): void {
    if (this.exitCode < REFUSED) return
    for (const text of this.#held) this.note(text)
    this.#held = []
  }

  #log({ level, logger, message }: LogLine): void {
    const severe = level !== 'debug' && level !== 'info'
    if (this.options.of(options.debug) === true || (this.verbose && severe)) {
      this.talk(`${new Date().toISOString()} ${level.toUpperCase()} ${logger} ${escapeControls(message)}\n`)
    } else if (severe && logger.startsWith('node-pvxs.config') && this.#held.length < HELD_LINES)
      this.#held.push(message)
  }
}

// The core names its own options.
const TYPED: readonly (readonly [string, string])[] = [
  ['"addressList"', '--addr'],
  ['"nameServers"', '--name-server'],
  ['"interfaces"', '--interface'],
]

function asTyped(message: string): string {
  return TYPED.reduce((text, [option, typed]) => text.replace(`option ${option}`, typed), message)
}

function configurationText(context: Context): string {
  return Object.entries(context.config)
    .map(
      ([name, value]) => `${name} = ${escapeLine(Array.isArray(value) ? value.join(' ') : String(value))}\n`,
    )
    .join('')
}
