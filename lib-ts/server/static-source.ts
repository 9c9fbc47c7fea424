import { about, InvalidArgumentError } from '../errors.js'
import { pvName, quote } from '../input/index.js'
import { servedName } from './served-name.js'
import { checkPv, pvsByName, SharedPV, type AnyPV } from './shared-pv.js'
import { SourceCore } from './source-core.js'

/** The inside of a {@link StaticSource}, and the PVs of a server. Errors name the method that the user called. */
export class StaticSourceCore extends SourceCore {
  readonly #pvs = new Map<string, AnyPV>()

  constructor() {
    super(false)
  }

  add(name: unknown, pv: unknown, op: string): void {
    const checked = servedName(name, op)
    const { id } = about({ pv: checked }, () => checkPv(pv, op))
    if (!this.env.addon.sourceAdd(this.id, checked, id)) {
      throw new InvalidArgumentError(`there is a PV ${quote(checked)} already`, { op, pv: checked })
    }
    this.#pvs.set(checked, pv as AnyPV)
  }

  remove(name: unknown, op: string): void {
    const checked = pvName(name, op)
    const pv = this.#pvs.get(checked)
    if (pv === undefined) return
    this.#pvs.delete(checked)
    this.env.addon.sourceRemove(this.id, checked)
    SharedPV.coreOf(pv).closed()
  }

  names(): string[] {
    return [...this.#pvs.keys()]
  }

  served(): void {
    // the addon always knows its names
  }
}

/**
 * Named PVs that are added and removed by hand. May be given to several servers.
 *
 * @example
 * const source = new StaticSource({ 'lab:a': SharedPV.mailbox(new NTScalar('int32'), 1) })
 * server.addSource('shared', source)
 * source.add('lab:b', SharedPV.mailbox(new NTScalar('int32'), 2))
 * const got = (await ctx.get('lab:b')).value // → 2
 */
export class StaticSource {
  readonly #core: StaticSourceCore

  /** @throws {@link InvalidArgumentError} for a bad name, or what is not a SharedPV */
  constructor(pvs?: Readonly<Record<string, AnyPV>>) {
    const op = 'StaticSource'
    const given = pvs === undefined ? [] : about({ op }, () => pvsByName(pvs, 'pvs'))
    this.#core = new StaticSourceCore()
    for (const [name, pv] of given) this.#core.add(name, pv, op)
  }

  /** @internal */
  static coreOf(source: StaticSource): StaticSourceCore {
    return source.#core
  }

  /**
   * Serves a PV under a name, from now on.
   *
   * @throws {@link InvalidArgumentError} when the name is taken, or is `server`, which every server has for itself
   * @example
   * new StaticSource().add('lab:a', SharedPV.mailbox(new NTScalar('int32'))).names() // → ['lab:a']
   */
  add(name: string, pv: AnyPV): this {
    this.#core.add(name, pv, 'add')
    return this
  }

  /**
   * Takes a name away and closes its PV. Does nothing when it is not there.
   *
   * @example
   * const source = new StaticSource({ 'lab:a': SharedPV.mailbox(new NTScalar('int32')) })
   * source.remove('lab:a').names() // → []
   */
  remove(name: string): this {
    this.#core.remove(name, 'remove')
    return this
  }

  /**
   * The names, in the order in which they were added.
   *
   * @example
   * new StaticSource({ 'lab:a': SharedPV.mailbox(new NTScalar('int32')) }).names() // → ['lab:a']
   */
  names(): string[] {
    return this.#core.names()
  }

  /**
   * Removes all names.
   *
   * @example
   * const source = new StaticSource({ 'lab:a': SharedPV.mailbox(new NTScalar('int32')) })
   * source.close()
   * source.names() // → []
   */
  close(): void {
    for (const name of this.names()) this.remove(name)
  }
}
