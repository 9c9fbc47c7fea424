/** What a bridge says first: who it is, and what its user may do. */
export interface Hello {
  /** Name and version of the bridge. */
  readonly server: string
  /** The user that it knows, or `''`. */
  readonly user: string
  /** Whether there is anything that may be written. */
  readonly write: boolean
  /** Whether there is anything that may be called. */
  readonly rpc: boolean
  /** Whether it has values of the past. */
  readonly history: boolean
  /** Bytes of binary frames that may be on their way to a client that acknowledges. */
  readonly window: number
  readonly limits: Readonly<Record<string, number>>
}
