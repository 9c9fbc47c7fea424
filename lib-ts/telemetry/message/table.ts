// Texts by key that a broker keeps and tells of.

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
