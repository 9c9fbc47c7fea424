import { InvalidArgumentError } from '../errors.js'
import { quote } from '../input/index.js'
import { deliver, levelNumber, levels, sendLinesTo, type LogLevel, type LogLine } from '../log.js'
import { environment, type InboxRecord } from '../native/index.js'

const REMOTE = 'pvxs.remote.log'

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
  sendLinesTo(logger)
  env.routeLog(logger === null ? null : { record: fromNative })
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
    throw new InvalidArgumentError(`${quote(pattern)} is not a pattern for loggers`, { op: 'setLogLevel' })
  }
  environment().addon.logLevel(pattern, levelNumber(level, 'setLogLevel'))
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
