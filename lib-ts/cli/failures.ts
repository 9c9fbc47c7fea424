// What went wrong, as lines and as an exit code.
import { DisconnectedError, InvalidArgumentError, PvaError, TimeoutError } from '../errors.js'
import { escapeControls, escapeLine } from '../input/index.js'
import { UsageError } from './declare.js'
import { quotedWord } from './shell.js'

export const DONE = 0
export const REFUSED = 1
export const USAGE = 2
export const TIMED_OUT = 3
export const DISCONNECTED = 4

/** The exit code of a failure. */
export function codeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof InvalidArgumentError) return USAGE
  if (error instanceof TimeoutError) return TIMED_OUT
  if (error instanceof DisconnectedError) return DISCONNECTED
  return REFUSED
}

/** The exit code of several: theirs when they agree, else 1. */
export class ExitCode {
  #code = DONE

  get value(): number {
    return this.#code
  }

  add(code: number): void {
    if (code === DONE || code === this.#code) return
    this.#code = this.#code === DONE ? code : REFUSED
  }
}

/**
 * The lines that tell of a failure: `node-pvxs: NAME: reason`, and what else the message says, indented, where `full`.
 */
export function failureText(name: string | undefined, error: unknown, full: boolean): string {
  const [first = '', ...more] = reasonOf(name, error).split('\n')
  const subject = name === undefined || name === '' ? '' : `${escapeLine(name)}: `
  const rest = full ? more.map((line) => `  ${line.trimStart()}\n`) : []
  const isLate = full && subject !== '' && error instanceof TimeoutError
  // What was not reached may be a server, of which the doctor knows no name.
  const patient =
    error instanceof TimeoutError && /^(list|serverInfo)$/.test(error.op) ? '' : ` ${quotedWord(name ?? '')}`
  const doctor = isLate ? `  more  node-pvxs doctor${escapeLine(patient)}\n` : ''
  return `node-pvxs: ${subject}${first}\n${rest.join('')}${doctor}`
}

// The core's messages begin with the call and the PV, which stand in front already.
function reasonOf(name: string | undefined, error: unknown): string {
  if (!(error instanceof Error)) return escapeControls(String(error))
  let { message } = error
  if (error instanceof PvaError && name !== undefined) {
    const head = `${error.op}: PV ${JSON.stringify(name)}`
    if (message.startsWith(head)) message = message.slice(head.length).replace(/^:? (was )?/, '')
  }
  return escapeControls(message === '' ? error.name : message)
}
