import { isPlainObject, quote } from '../input/index.js'
import { checking, StreamArgumentError } from './errors.js'
import type { Delta, ListChange, Source } from './source.js'

/** An update that was checked: where it leads, and what it names. */
export interface Plan<Spec> {
  readonly to: Spec
  readonly delta: Delta<Spec> | undefined
  /** Names of what it adds, for errors. */
  readonly added: readonly string[]
}

/** The specification of a stream; for a list, also which entries are in it, so that small changes cost little. */
export class SpecKeeper<Spec> {
  readonly #source: Source<Spec, unknown>
  #spec: Spec | undefined
  /** Identity to entry; undefined when the specification is not a list. */
  #entries: Map<unknown, unknown> | undefined

  constructor(source: Source<Spec, unknown>) {
    this.#source = source
  }

  get spec(): Spec | undefined {
    return this.#spec
  }

  /** Whether an id, as events name it, is of a member. */
  has(id: string): boolean {
    return this.#entries === undefined || this.#entries.has(id)
  }

  /** A specification as it will be kept. */
  check(spec: Spec, op: string): Spec {
    const source = this.#source
    const checked = checking(op, () => (source.check === undefined ? spec : source.check(spec)))
    return Array.isArray(checked) && checked === spec ? ([...(checked as unknown[])] as Spec) : checked
  }

  begin(spec: Spec): void {
    this.#spec = spec
    this.#entries = Array.isArray(spec)
      ? new Map(spec.map((entry) => [this.#idOf(entry), entry as unknown]))
      : undefined
  }

  /** @throws StreamArgumentError for what is not an update of this specification */
  plan(to: Spec | ListChange<Spec>): Plan<Spec> {
    const entries = this.#entries
    if (isChange(to, entries !== undefined)) {
      if (entries === undefined) {
        throw new StreamArgumentError('add and remove are for specifications that are lists', {
          op: 'update',
        })
      }
      return this.#planChange(to, entries)
    }
    const spec = this.check(to, 'update')
    if (entries !== undefined && !Array.isArray(spec)) {
      throw new StreamArgumentError(`the specification is a list, not ${quote(to)}`, { op: 'update' })
    }
    if (entries === undefined || !Array.isArray(spec)) return { to: spec, delta: undefined, added: [] }
    const added = spec.filter((entry) => !entries.has(this.#idOf(entry)))
    return { to: spec, delta: undefined, added: added.map((entry) => this.#nameOf(entry)) }
  }

  apply({ to, delta }: Plan<Spec>): void {
    if (delta === undefined) {
      this.begin(to)
      return
    }
    this.#spec = to
    for (const entry of delta.remove as readonly unknown[]) this.#entries?.delete(this.#idOf(entry))
    for (const entry of delta.add as readonly unknown[]) this.#entries?.set(this.#idOf(entry), entry)
  }

  #planChange(change: Change, entries: Map<unknown, unknown>): Plan<Spec> {
    const unknown = Object.keys(change).find((key) => key !== 'add' && key !== 'remove')
    if (unknown !== undefined) {
      throw new StreamArgumentError(`an update has no ${quote(unknown)}; it has add, remove`, {
        op: 'update',
      })
    }
    const add = this.#list(change.add, 'add')
    const wanted = new Set(add.map((entry) => this.#idOf(entry)))
    const goes = (entry: unknown): boolean => {
      const id = this.#idOf(entry)
      return entries.has(id) && !wanted.has(id) // what is removed and added again stays
    }
    const remove = this.#list(change.remove, 'remove').filter(goes)
    return {
      to: this.#changed(add, remove, entries) as Spec,
      delta: { add, remove } as unknown as Delta<Spec>,
      added: add.filter((entry) => !entries.has(this.#idOf(entry))).map((entry) => this.#nameOf(entry)),
    }
  }

  #list(part: unknown, name: string): readonly unknown[] {
    if (part === undefined) return []
    if (!Array.isArray(part)) {
      throw new StreamArgumentError(`what an update ${name}s is a list, not ${quote(part)}`, { op: 'update' })
    }
    return this.check(part as Spec, 'update') as readonly unknown[]
  }

  #changed(add: readonly unknown[], remove: readonly unknown[], entries: Map<unknown, unknown>): unknown[] {
    let list = without(
      this.#spec as readonly unknown[],
      remove.map((entry) => entries.get(this.#idOf(entry))),
    )
    const replaced = add.filter((entry) => entries.has(this.#idOf(entry)))
    if (replaced.length > 0) {
      const newer = new Map(replaced.map((entry) => [this.#idOf(entry), entry]))
      list = list.map((entry) => newer.get(this.#idOf(entry)) ?? entry)
    }
    const fresh = new Map(add.map((entry) => [this.#idOf(entry), entry]))
    for (const entry of replaced) fresh.delete(this.#idOf(entry))
    return list.concat([...fresh.values()])
  }

  #idOf(entry: unknown): unknown {
    return this.#source.idOf === undefined ? entry : this.#source.idOf(entry)
  }

  #nameOf(entry: unknown): string {
    const id = this.#idOf(entry)
    return typeof id === 'string' ? id : quote(id)
  }
}

/** Few are found one by one, which costs less than asking each entry of a long list. */
function without(list: readonly unknown[], gone: readonly unknown[]): readonly unknown[] {
  if (gone.length === 0) return list
  if (gone.length > 8) {
    const all = new Set(gone)
    return list.filter((entry) => !all.has(entry))
  }
  const left = [...list]
  for (const entry of gone) left.splice(left.indexOf(entry), 1)
  return left
}

interface Change {
  readonly add?: unknown
  readonly remove?: unknown
}

/** Whether it names a difference: any plain object, where specifications are lists. */
function isChange(to: unknown, lists: boolean): to is Change {
  if (!isPlainObject(to)) return false
  if (lists) return true
  const keys = Object.keys(to)
  return keys.length > 0 && keys.every((key) => key === 'add' || key === 'remove')
}
