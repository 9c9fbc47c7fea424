// What the doctor says: a line for each finding, and the exit code of them all.

export const checks = [
  'configuration',
  'host',
  'interfaces',
  'self-test',
  'addresses',
  'servers',
  'search',
  'connect',
  'read',
] as const

export type Check = (typeof checks)[number]
export type Status = 'ok' | 'note' | 'warn' | 'fail'

export interface Finding {
  readonly check: Check
  readonly status: Status
  readonly finding: string
  readonly text: string
  /** A command or a setting that may help. */
  readonly try?: string
  readonly detail?: Readonly<Record<string, unknown>>
}

type More = Pick<Finding, 'try' | 'detail'>

function make(check: Check, status: Status, finding: string, text: string, more: More = {}): Finding {
  return { check, status, finding, text, ...more }
}

export const ok = (check: Check, text: string, more?: More): Finding => make(check, 'ok', 'ok', text, more)
export const note = (check: Check, finding: string, text: string, more?: More): Finding =>
  make(check, 'note', finding, text, more)
export const warn = (check: Check, finding: string, text: string, more?: More): Finding =>
  make(check, 'warn', finding, text, more)
export const fail = (check: Check, finding: string, text: string, more?: More): Finding =>
  make(check, 'fail', finding, text, more)

const CLASSES: Readonly<Record<Check, number>> = {
  configuration: 10,
  host: 13,
  interfaces: 11,
  'self-test': 11,
  addresses: 11,
  servers: 12,
  search: 12,
  connect: 11,
  read: 12,
}

/** The exit code: the first class that has a failure; `strict`: a warning counts as one. */
export function exitOf(findings: readonly Finding[], strict: boolean): number {
  const classes = findings
    .filter(({ status }) => status === 'fail' || (strict && status === 'warn'))
    .map(({ check, finding }) => (finding === 'wrong-address-list' ? CLASSES.configuration : CLASSES[check]))
  return classes.length === 0 ? 0 : Math.min(...classes)
}

/** In the order of the checks; within one in the order of their finding. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  return checks.flatMap((check) => findings.filter((finding) => finding.check === check))
}
