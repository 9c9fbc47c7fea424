// What the open platform service keeps: retention, devices and units.
import { refuse } from './refusal.js'

/** A row of a table: its id, and what else it was given. */
export type Row = Readonly<Record<string, unknown>> & { readonly id: number }

/** Rows by their number, which is given at the insert and never given again. */
export class Table {
  readonly #what: string
  readonly #rows = new Map<number, Row>()
  #next = 1

  constructor(what: string) {
    this.#what = what
  }

  list(): Row[] {
    return [...this.#rows.values()]
  }

  get(id: number): Row {
    return this.#rows.get(id) ?? refuse('noStream', `there is no ${this.#what} ${id}`)
  }

  create(fields: Readonly<Record<string, unknown>>): Row {
    const row = { ...fields, id: this.#next++ }
    this.#rows.set(row.id, row)
    return row
  }

  update(id: number, fields: Readonly<Record<string, unknown>>): Row {
    const row = { ...this.get(id), ...fields, id }
    this.#rows.set(id, row)
    return row
  }

  delete(id: number): void {
    this.get(id)
    this.#rows.delete(id)
  }

  clear(): void {
    this.#rows.clear()
    this.#next = 1
  }
}

export class PlatformStore {
  readonly devices = new Table('device')
  readonly units = new Table('unit')
  /** How long the points of a collection are kept, in ms; absent: for ever. */
  readonly retention = new Map<string, number>()

  clear(): void {
    this.devices.clear()
    this.units.clear()
    this.retention.clear()
  }
}
