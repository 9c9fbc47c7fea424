/**
 * What an open source tells beside its items. `connected` and `disconnected` are about one member; `gap` says that values
 * between two times are missing. Times are ns since the Unix epoch.
 */
export type SourceEvent =
  | { readonly type: 'gap'; readonly from: bigint; readonly to: bigint; readonly ids: readonly string[] }
  | { readonly type: 'connected' | 'disconnected'; readonly id: string; readonly time: bigint }

/** What {@link Source.open} is called with. */
export interface OpenOptions {
  /** Fires when the call is given up; what was opened must be closed then, and the promise must settle. */
  readonly signal: AbortSignal
  /** ms until the call should give up by itself, with an error that says what was missing; Infinity: never. */
  readonly timeout: number
}

/** What {@link OpenSource.change} is called with. */
export interface ChangeOptions<Spec> extends OpenOptions {
  /** The difference, when the update named one: a source with many members need not look for it. */
  readonly delta?: Delta<Spec> | undefined
}

/** A difference between two specifications that are lists: entries to add or to replace, and entries to remove. */
export interface Delta<Spec> {
  readonly add: Spec
  readonly remove: Spec
}

/**
 * What can be kept alive by a {@link ManagedStream}: something that a specification opens, and that gives items.
 *
 * `check` and `idOf` may be left out. `check` throws what is wrong with a specification and returns the form to keep;
 * `idOf` says which entries of a list are the same member, and without it entries are compared by identity.
 *
 * @example
 * import { ManagedStream, type Source } from 'node-pvxs/stream'
 *
 * // Counts up to a number, which an update changes.
 * const counting: Source<number, number> = {
 *   async open(spec) {
 *     let most = spec
 *     let closed = false
 *     async function* items() {
 *       for (let n = 1; n <= most && !closed; n++) yield [n]
 *     }
 *     return {
 *       items: items(),
 *       async change(to) {
 *         most = to
 *       },
 *       async [Symbol.asyncDispose]() {
 *         closed = true
 *       },
 *     }
 *   },
 * }
 * const stream = new ManagedStream(counting)
 * await stream.start(1_000_000)
 * for await (const n of stream) if (n === 3) break
 * await stream.stop()
 */
export interface Source<Spec, Item> {
  /** Opens what the specification says; resolves when it is open. */
  open(spec: Spec, options: OpenOptions): Promise<OpenSource<Spec, Item>>
  /** Throws what is wrong with a specification; returns the form to keep. */
  check?(spec: Spec): Spec
  /** What makes two entries of a list the same member. */
  idOf?(entry: unknown): unknown
}

/** A source that is open: what {@link Source.open} gives. Disposing it closes it; `items` ends then. */
export interface OpenSource<Spec, Item> extends AsyncDisposable {
  /** Ends after the close; throws what broke the source. It is taken from only while there is room for items. */
  readonly items: AsyncIterable<readonly Item[]>
  readonly events?: AsyncIterable<SourceEvent>
  /** Opens what is new, then closes what is not wanted any more. A rejection leaves everything as it was. */
  change(to: Spec, options: ChangeOptions<Spec>): Promise<void>
}

/** What {@link ManagedStream.update} takes in place of a whole list. */
export type ListChange<Spec> = Spec extends readonly unknown[]
  ? { readonly add?: Spec | undefined; readonly remove?: Spec | undefined }
  : never
