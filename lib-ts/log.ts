// The log: where lines of the package go. It knows nothing of the addon, so that every room may write to it;
// diagnostics/ feeds it what native code has to say.
import { InvalidArgumentError, raiseUncaught } from './errors.js'
import { escapeControls, quote } from './input/index.js'

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

/** The levels and their numbers in libCom's errlog and in the addon, from the least to the most severe. */
export const levels: Readonly<Record<LogLevel, number>> = {
  debug: 10,
  info: 20,
  warning: 30,
  error: 40,
  critical: 50,
}

/** The number of a level that a user wrote. */
export function levelNumber(level: unknown, op: string): number {
  if (typeof level !== 'string' || !Object.hasOwn(levels, level)) {
    throw new InvalidArgumentError(
      `${quote(level)} is not a log level; there are ${Object.keys(levels).join(', ')}`,
      { op },
    )
  }
  return levels[level as LogLevel]
}

/** The user's function that takes each line, or null. */
export type Logger = ((line: LogLine) => unknown) | null

let logger: Logger = null

/** Sends every line to a function from now on; null: lines of level error and critical go to stderr. */
export function sendLinesTo(to: Logger): void {
  logger = to
}

/** Writes a line of this package to the log. */
export function log(level: LogLevel, name: string, message: string): void {
  if (logger !== null) deliver({ level, logger: name, message, remote: false })
  else if (levels[level] >= levels.error) print(level, name, message)
}

/** Writes a line that the user of the program should see: a warning, which goes to stderr without a logger. */
export function warnUser(name: string, message: string): void {
  if (logger !== null) deliver({ level: 'warning', logger: name, message, remote: false })
  else print('warning', name, message)
}

/** Gives a line to the user's function, if there is one. */
export function deliver(line: LogLine): void {
  try {
    logger?.(line)
  } catch (error) {
    raiseUncaught(error)
  }
}

/** Lets ten lines a second through; those above are counted, and the count is told with the next line. */
export class LineRate {
  #second = 0
  #lines = 0
  #withheld = 0

  /** What to add to the next line, or undefined: there are too many. */
  next(): string | undefined {
    const now = Math.floor(performance.now() / 1_000)
    if (now !== this.#second) {
      this.#second = now
      this.#lines = 0
    }
    if (++this.#lines > RATE) {
      this.#withheld++
      return undefined
    }
    const more = this.#withheld > 0 ? ` (${this.#withheld} lines before this were withheld)` : ''
    this.#withheld = 0
    return more
  }
}

const RATE = 10
const onStderr = new LineRate()

function print(level: LogLevel, name: string, message: string): void {
  const more = onStderr.next()
  if (more === undefined) return
  process.stderr.write(
    `${new Date().toISOString()} ${level.toUpperCase()} ${name} ${escapeControls(message)}${more}\n`,
  )
}
