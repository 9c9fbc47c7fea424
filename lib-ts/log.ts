import { quote } from './input/quote.js'
import { InvalidArgumentError } from './errors.js'
import { environment, environmentIfLoaded, type InboxRecord } from './native/index.js'

/** From the least to the most severe. */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'critical'

/** One line of the log. */
export interface LogLine {
  readonly level: LogLevel
  /** Who says it: one of PVXS's loggers, such as `pvxs.tcp.io`, or one of ours, `node-pvxs.…`. */
  readonly logger: string
  readonly message: string
  /** Whether a peer sent it over the network: text not to be trusted. */
  readonly remote: boolean
}

const levels: Readonly<Record<LogLevel, number>> = {
  debug: 10,
  info: 20,
  warning: 30,
  error: 40,
  critical: 50,
}
const REMOTE = 'pvxs.remote.log'

let listener: ((line: LogLine) => unknown) | null = null

/**
 * Sends every line of the log to a function; `null` ends that.
 *
 * Without a function, lines of level error and critical go to stderr, at a limited rate, and nothing else is printed.
 * Which lines there are is decided by {@link setLogLevel} and, at first use, the variable `PVXS_LOG`.
 *
 * @throws InvalidArgumentError for what is neither a function nor null
 * @example
 * setLogger(({ level, logger, message }) => console.log(level, logger, message))
 * setLogger(null) // back to the default
 */
export function setLogger(logger: ((line: LogLine) => unknown) | null): void {
  if (logger !== null && typeof logger !== 'function') {
    throw new InvalidArgumentError(`a logger is a function or null, not ${quote(logger)}`, {
      op: 'setLogger',
    })
  }
  const env = environment()
  env.routeLog({ record: fromNative })
  listener = logger
  env.addon.logTo(logger !== null)
}

/**
 * Sets from which level on loggers speak. `*` in the pattern stands for any text; of two patterns that match, the later
 * setting wins.
 *
 * @throws InvalidArgumentError for an unknown level or an empty pattern
 * @example
 * setLogLevel('pvxs.*', 'debug')
 * setLogLevel('pvxs.*', 'error')
 */
export function setLogLevel(pattern: string, level: LogLevel): void {
  if (typeof pattern !== 'string' || !/^[A-Za-z0-9_.*-]+$/.test(pattern)) {
    throw new InvalidArgumentError(`${quote(pattern)} is no pattern for loggers`, { op: 'setLogLevel' })
  }
  environment().addon.logLevel(pattern, levelNumber(level, 'setLogLevel'))
}

/** The number of a level, as the addon takes it. */
export function levelNumber(level: unknown, op: string): number {
  if (typeof level !== 'string' || !Object.hasOwn(levels, level)) {
    throw new InvalidArgumentError(
      `${quote(level)} is no log level; there are ${Object.keys(levels).join(', ')}`,
      { op },
    )
  }
  return levels[level as LogLevel]
}

/** A line of our own. */
export function log(level: LogLevel, logger: string, message: string): void {
  if (listener !== null) deliver({ level, logger, message, remote: false })
  else if (levels[level] >= levels.error) print(level, logger, message)
}

function fromNative({ flags, reader }: InboxRecord): void {
  const logger = reader.string()
  const message = reader.string()
  deliver({ level: levelOf(flags), logger, message, remote: logger === REMOTE })
}

function levelOf(number: number): LogLevel {
  if (number >= levels.critical) return 'critical'
  if (number >= levels.error) return 'error'
  if (number >= levels.warning) return 'warning'
  return number >= levels.info ? 'info' : 'debug'
}

function deliver(line: LogLine): void {
  try {
    listener?.(line)
  } catch (error) {
    environmentIfLoaded()?.fatal(error)
  }
}

// Lines per second on stderr; what exceeds it is counted and told of with the next line.
const RATE = 10
let second = 0
let printed = 0
let withheld = 0

function print(level: LogLevel, logger: string, message: string): void {
  const now = Math.floor(performance.now() / 1_000)
  if (now !== second) {
    second = now
    printed = 0
  }
  if (++printed > RATE) {
    withheld++
    return
  }
  const more = withheld > 0 ? ` (${withheld} lines before this were withheld)` : ''
  withheld = 0
  process.stderr.write(
    `${new Date().toISOString()} ${level.toUpperCase()} ${logger} ${escapeControls(message)}${more}\n`,
  )
}

// Text from the network must not write escape sequences into an operator's terminal.
function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
