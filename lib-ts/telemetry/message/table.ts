// Texts by key that a broker keeps and tells of.
import { pause } from '../back-off.js'

/** What became of the entries of a table: the text of each key, undefined for one that is gone. */
export interface TableChange {
  /** These are all of them; else those that changed. */
  readonly whole: boolean
  readonly entries: ReadonlyMap<string, string | undefined>
}

/** Texts by key, kept by a broker. */
export interface KeyTable extends AsyncDisposable {
  /**
   * All entries first, then what changes. When the broker goes away it waits, and begins with all of them again. Rejects when
   * the first connection fails.
   */
  changes(): AsyncIterable<TableChange>
  /** Writes texts, and removes those that are undefined; resolves when the broker has them. */
  put(entries: TableChange['entries']): Promise<void>
  /** Ends the following. */
  close(): Promise<void>
}

/** ms before a session that broke is begun anew. */
const AGAIN = 1_000

/**
 * What sessions with a broker give, one after the other, until `ended` fires. Rejects when the first one gives nothing.
 *
 * @hidden
 */
export async function* inSessions<T>(
  session: () => AsyncIterable<T>,
  ended: AbortSignal,
  failure: (error: unknown) => Error,
): AsyncGenerator<T, void, undefined> {
  const isOver = (): boolean => ended.aborted
  let begun = false
  while (!isOver()) {
    try {
      for await (const given of session()) {
        begun = true
        yield given
      }
    } catch (error) {
      if (isOver()) return
      if (!begun) throw failure(error)
    }
    await pause(AGAIN, ended)
  }
}
