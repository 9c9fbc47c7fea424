// Values as a table: redrawn in place on a terminal, printed again and again elsewhere.
import { writeSync } from 'node:fs'
import { escapeLine } from '../input/index.js'
import type { Value } from '../index.js'
import type { CommandContext } from './context.js'
import type { Connection, Watcher } from './follow.js'
import * as options from './options.js'
import { valueText } from './output/line.js'
import { rounded, shortest } from './output/numbers.js'
import { alarmOf, unitsOf } from './output/reading.js'
import { aligned, cut } from './output/width.js'

const ENTER = '\u001b[?1049h\u001b[?25l' // the other screen, no cursor
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const REST_OF_LINE = '\u001b[K'
const REST_OF_SCREEN = '\u001b[J'

const PRINT_MS = 1_000
const DRAW_MS = 250

interface Row {
  value?: Value
  state: string
  updates: number
  /** When the last update came. */
  last?: number
  /** Updates at the last drawing, for the rate. */
  counted: number
}

/** A table of these PVs; `every`: ms between two drawings. */
export function boardOf(
  context: CommandContext,
  names: readonly string[],
  every: number | undefined,
): Watcher {
  const board = new Board(context, names, every)
  return {
    update: (name, value) => board.update(name, value),
    connection: (name, event) => board.connection(name, event),
    failed: (name) => board.state(name, 'failed'),
    enough: board.enough,
    end: () => board.end(),
  }
}

class Board {
  readonly enough: Promise<void>
  readonly #context: CommandContext
  readonly #rows: ReadonlyMap<string, Row>
  readonly #every: number
  readonly #timer: NodeJS.Timeout
  readonly #terminal: boolean
  #drawn = performance.now()
  #leave: () => void = () => undefined

  constructor(context: CommandContext, names: readonly string[], every: number | undefined) {
    this.#context = context
    this.#terminal = context.stdout.terminal
    this.#rows = new Map(names.map((name) => [name, { state: 'searching', updates: 0, counted: 0 }]))
    this.#every = every ?? (this.#terminal ? DRAW_MS : PRINT_MS)
    let enough: () => void = () => undefined
    this.enough = new Promise((resolve) => (enough = resolve))
    if (this.#terminal) this.#enter(enough)
    this.#timer = setInterval(() => this.#draw(), this.#every)
  }

  update(name: string, value: Value): undefined {
    const row = this.#rows.get(name)
    if (row === undefined) return
    row.value = value
    row.updates++
    row.last = performance.now()
    row.state = 'connected'
  }

  connection(name: string, { type }: Connection): undefined {
    this.state(name, type)
  }

  state(name: string, state: string): void {
    const row = this.#rows.get(name)
    if (row !== undefined) row.state = state
  }

  async end(): Promise<void> {
    clearInterval(this.#timer)
    if (!this.#terminal) this.#draw()
    await this.#context.stdout.end()
    this.#leave()
  }

  /** Takes the terminal over. However the process ends, it gets it back. */
  #enter(enough: () => void): void {
    const { stdin } = process
    const leave = (): void => {
      try {
        if (stdin.isTTY) stdin.setRawMode(false).pause()
        writeSync(1, LEAVE)
      } catch {
        // the terminal is gone
      }
      process.off('exit', leave)
      this.#leave = () => undefined
    }
    this.#leave = leave
    process.on('exit', leave)
    void this.#context.stdout.write(ENTER)
    process.stdout.on('resize', () => this.#draw())
    if (!stdin.isTTY) return
    stdin.setRawMode(true).on('data', (keys: Buffer) => {
      const text = keys.toString('latin1')
      if (text.includes('q')) enough()
      else if (text.includes('\u0003')) process.kill(process.pid, 'SIGINT')
    })
  }

  #draw(): void {
    const now = performance.now()
    const seconds = Math.max(1e-3, (now - this.#drawn) / 1_000)
    this.#drawn = now
    const rows = [...this.#rows].map(([name, row]) => this.#cells(name, row, now, seconds))
    const lines = aligned([['PV', 'VALUE', 'ALARM', 'AGE', 'PER S', 'STATE'], ...rows], new Set([3, 4]))
    if (!this.#terminal) {
      void this.#context.stdout.write(`${lines.join('\n')}\n\n`)
      return
    }
    // A terminal that does not tell its size says 0.
    const columns = process.stdout.columns || 80
    const height = process.stdout.rows || 24
    const shown =
      lines.length > height ? [...lines.slice(0, height - 1), `… ${lines.length - height + 1} more`] : lines
    const text = shown.map((line) => cut(line, columns) + REST_OF_LINE).join('\r\n')
    void this.#context.stdout.write(HOME + text + REST_OF_SCREEN)
  }

  #cells(name: string, row: Row, now: number, seconds: number): string[] {
    const rate = (row.updates - row.counted) / seconds
    row.counted = row.updates
    const age = row.last === undefined ? '' : `${((now - row.last) / 1_000).toFixed(1)} s`
    const shown = [escapeLine(name)]
    if (row.value === undefined) shown.push('', '')
    else {
      const digits = this.#context.options.of(options.precision)
      const reading = { name, value: row.value, update: true }
      const how = {
        number: digits === undefined ? shortest : rounded(digits),
        items: this.#context.settings.of(options.maxItems) || 5,
      }
      const [text = ''] = valueText(row.value, how).split('\n')
      const units = unitsOf(reading)
      const alarm = alarmOf(reading)
      shown.push(
        units === '' ? text : `${text} ${escapeLine(units)}`,
        alarm === undefined || alarm.level === 0 ? '' : alarm.severity,
      )
    }
    return [...shown, age, rate.toFixed(1), row.state]
  }
}
