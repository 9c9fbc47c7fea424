/**
 * The raw functions of the addon and the records it writes: the one contract between C++ and TypeScript.
 *
 * Nothing here waits: a call either takes effect at once or is answered later by a record. Ids are chosen by TypeScript
 * (uint32, unique within an environment), except those of server channels and operations, which the addon chooses from
 * spaces of their own. Values and types cross in PVAccess's own encoding, little endian (`lib-ts/data`).
 */

/** First byte of a record's head. `src/delivery/records.h` holds the same numbers. */
export const Kind = {
  /** `id`: of a type; flags: {@link FORGET}. Content: the type's description. Precedes every record that names the type. */
  Type: 1,
  /** `id`: subscription, `type`. Content: changed bitset and fields; {@link External} entries behind it. */
  Update: 2,
  /** `id`: subscription or connection; flags: {@link EventCode}. Content: float64 time (ms since 1970), string text. */
  Event: 3,
  /** `id`: the call; `type` or 0. Content when `type` is not 0: changed bitset and fields (bare value when the type is not a structure). */
  Result: 4,
  /** `id`: the call; flags: {@link FailureCode}. Content: string text. */
  Failure: 5,
  /** `id`: a put that needs its value encoded for `type`; flags 1: content is the current value, as in Result. */
  Init: 6,
  /**
   * `id`: an abandoned call, or one that asks for a subscription. Content: uint8 {@link PhaseCode}, uint32 searches sent, string
   * server reached so far, uint32 servers that beacon, string the first of them, uint8 {@link TroubleCode}, string reason,
   * string name servers without a connection, one a line, each with the reason.
   */
  Phase: 7,
  /** `id`: channel id (addon's). Content: uint32 pv, uint32 server, strings name, peer, interface, method, account. */
  Channel: 8,
  /** `id`: channel id. No content. */
  ChannelClosed: 9,
  /**
   * `id`: operation id (addon's); flags: {@link OperationCode}; `type`: of the value, or 0. Content: uint32 channel, uint32 pv,
   * uint32 type of the request or 0, changed bitset and fields of the request, changed bitset and fields of the value.
   * Must be answered once with `operationReply` or `operationError`.
   */
  Operation: 10,
  /** `id`: operation that the client cancelled or left, or that the addon answered because the server stopped. */
  Cancelled: 11,
  /** `id`: pv; flags 1: its first channel opened, 0: its last channel closed. */
  Occupied: 12,
  /** `id`: channel id waiting for `channelAttach`. Content: uint32 source, strings name, peer, interface, method, account. */
  Create: 13,
  /** `id`: discovery; flags 1 online, 2 timeout. Content: float64 time, 12 bytes guid, strings protocol, server, peer. */
  Discovered: 14,
  /** flags: level (10 debug, 20 info, 30 warning, 40 error, 50 critical). Content: strings logger, message. */
  Log: 15,
} as const

/** Flag of a Type: it begins a new age. Types announced before the last age are named by nothing any more. */
export const FORGET = 1

/** Flag of an Update: it does not build on the one before (first value, reconnected, type changed). */
export const FRESH = 1

export const EventCode = {
  Connected: 1,
  Disconnected: 2,
  Finished: 3,
  RemoteError: 4,
  Error: 5,
  Argument: 6,
  Resource: 7,
} as const

/**
 * Why a call failed. `Type`: the server's type changed under an encoded put, or cannot be decoded. `Resource`: this process has
 * no descriptor, thread or memory left.
 */
export const FailureCode = {
  Remote: 1,
  Disconnected: 2,
  Closed: 3,
  Internal: 4,
  Type: 5,
  Argument: 6,
  Resource: 7,
} as const

export const PhaseCode = { Search: 0, Connect: 1, Init: 2, Execute: 3 } as const

/** Why there is no channel although a server has it. `Unanswered`: the server has not said whether it gives the channel. */
export const TroubleCode = { None: 0, Refused: 1, Unreached: 2, Unanswered: 3 } as const

export const OperationCode = { Put: 1, Rpc: 2, Get: 3 } as const

/** What a native PV does by itself and what it asks TypeScript for (bits of `pvNew`). */
export const PvFlag = { Mailbox: 1, Readonly: 2, OnPut: 4, OnRpc: 8, OnGet: 16, Occupancy: 32 } as const

/** Bytes of a record's head: uint8 kind, uint8 flags, uint16 externals, uint32 length of the content, uint32 id, uint32 type. Records start at multiples of 8. */
export const HEAD = 16

/** Text lists of configuration: name, value, name, value … of `EPICS_PVA*` variables. */
export type Definitions = readonly string[]

/** What a Server uses, once started. */
export interface ServerInfo {
  readonly tcpPort: number
  readonly udpPort: number
  /** 24 hex digits */
  readonly guid: string
  readonly definitions: string[]
}

export interface MonitorStats {
  readonly queued: number
  readonly maxQueued: number
  readonly limit: number
  readonly squashedByServer: number
  readonly squashedByClient: number
  /** Updates handed over so far. */
  readonly handed: number
}

/** One connection of a Context or a Server, with the channels on it. */
export interface ConnectionReport {
  readonly peer: string
  readonly method: string
  readonly account: string
  readonly sent: number
  readonly received: number
  readonly channels: { name: string; sent: number; received: number }[]
}

/** `call` arguments: an id answered by Result or Failure. `request`: a pvRequest as type and full value, null for the default. */
export interface Addon {
  readonly versions: { pvxs: string; epicsBase: string; libevent: string; nodeApi: number }

  // delivery
  /** Once per environment: the slabs to fill. */
  attach(slabs: readonly ArrayBuffer[]): void
  /**
   * The function called on this thread when records wait, or null: nobody waits for records. It stands among the open handles of
   * the process with `resource`. What comes while nobody waits is kept, and told of when somebody waits again.
   */
  listen(wake: (() => void) | null, resource: { hasRef(): boolean }): void
  /** Gives `back` (a slab, -1: none) and takes the next: slab * 2^32 + bytes, a buffer of one oversize record, or -2 when nothing waits (then: linger, or wake me). */
  take(back: number, linger: boolean): number | ArrayBuffer
  give(slab: number): void
  /** The next array that travels beside the records, in their order. */
  takeExternal(): ArrayBuffer
  /** Whether waiting for records keeps the process alive. */
  hold(on: boolean): void
  /** Stops everything of this environment now, synchronously, when the process exits. */
  shutdown(): void
  counts(): Record<string, number>
  /** PVXS's own counts of live objects by class. */
  instances(): Record<string, number>
  /** What this process has none left of that a connection needs, as an error says it; else ''. */
  shortage(): string
  /** Throws `error` at the top of the stack, so that every `uncaughtException` handler sees it. */
  fatal(error: unknown): void

  // logging
  /** Whether Log records are wanted; without, lines of level error and critical go to stderr. */
  logTo(records: boolean): void
  logLevel(pattern: string, level: number): void

  // client
  /** Result: uint32 count and strings: what is wrong with an interface, or ''; the entries of lists of addresses that do not resolve. */
  contextOpen(context: number, call: number, definitions: Definitions): void
  contextClose(context: number, call: number): void
  get(call: number, context: number, name: string, request: Uint8Array | null, server: string): void
  info(call: number, context: number, name: string, server: string): void
  /** `value` is encoded for `type` (0: not yet known; then, or when the type has changed, Init asks). `fetch`: Init carries the current value, `value` is ignored. */
  put(
    call: number,
    context: number,
    name: string,
    request: Uint8Array | null,
    server: string,
    type: number,
    value: Uint8Array | null,
    fetch: boolean,
  ): void
  /** Answers Init. */
  putValue(call: number, type: number, value: Uint8Array): void
  /** `argument`: type and full value, null for none. */
  rpc(
    call: number,
    context: number,
    name: string,
    request: Uint8Array | null,
    server: string,
    argument: Uint8Array | null,
  ): void
  /** Starts the gets, puts and rpcs made since the last call: many made in one go are one piece of work for PVXS's thread. */
  ring(context: number): void
  /** Cancels a call. With `report` it is answered by Phase, or by Failure(Closed); a result may still come first. */
  abandon(call: number, report: boolean): void
  /**
   * `credit` updates may be sent before more credit is given; 0: no limit. `latest`: none may, and what comes meanwhile is
   * merged into one update. Queue size and pipeline stand in the request.
   */
  monitor(
    subscription: number,
    context: number,
    name: string,
    request: Uint8Array | null,
    server: string,
    credit: number,
    latest: boolean,
  ): void
  /** `pairs`: subscription and updates, `count` of them. */
  credit(pairs: Uint32Array, count: number): void
  pause(subscription: number, on: boolean): void
  monitorStats(subscription: number): MonitorStats | null
  /** Answered by Phase, or by Failure(Closed). */
  monitorPhase(subscription: number, call: number): void
  monitorClose(subscription: number, call: number): void
  connect(connection: number, context: number, name: string, server: string): void
  connectClose(connection: number, call: number): void
  discover(discovery: number, context: number, ping: boolean): void
  discoverClose(discovery: number, call: number): void
  hurryUp(context: number): void
  /** action: 0 clean, 1 drop, 2 disconnect; an empty name means every channel */
  cacheClear(context: number, name: string, action: number): void
  contextReport(context: number): ConnectionReport[]

  // server
  serverNew(server: number, definitions: Definitions, maxQueue: number): void
  serverStart(server: number, call: number): void
  serverStop(server: number, call: number): void
  serverClose(server: number, call: number): void
  /** Null before the first start. */
  serverInfo(server: number): ServerInfo | null
  serverReport(server: number): ConnectionReport[]
  /** Sources are asked in ascending (order, name). False: that name and order is taken. */
  serverAddSource(server: number, name: string, order: number, source: number): boolean
  serverRemoveSource(server: number, name: string, order: number): boolean
  sourceNew(source: number, dynamic: boolean): void
  /** False: the name is there already. */
  sourceAdd(source: number, name: string, pv: number): boolean
  /** Takes the name away and closes its PV. False: it was not there. */
  sourceRemove(source: number, name: string): boolean
  /** Dynamic sources: exact names and patterns (ECMAScript regular expressions, flags '' or 'i') that are claimed. Throws on a pattern it cannot compile. */
  sourceMatch(
    source: number,
    names: readonly string[],
    patterns: readonly string[],
    flags: readonly string[],
  ): void
  /** Dynamic sources: the names told to `list`. */
  sourceNames(source: number, names: readonly string[]): void
  sourceFree(source: number): void
  /** Answers Create; pv 0 refuses. */
  channelAttach(channel: number, pv: number): void
  pvNew(pv: number, flags: number): void
  /** `type`: description; `value`: changed bitset and fields. `stamp`: as in pvPost. */
  pvOpen(pv: number, type: Uint8Array, value: Uint8Array, stamp: boolean): void
  /** Subscribers hear of it with the next `deliver`. `stamp`: with the current time, unless the value brings one. */
  pvPost(pv: number, value: Uint8Array, stamp: boolean): void
  /** Tells subscribers of what was posted, which waits for this. */
  deliver(): void
  pvClose(pv: number): void
  /** Type id is that of pvOpen; changed bitset and fields of the current value; null when closed. */
  pvCurrent(pv: number): Uint8Array | null
  pvSubscribers(pv: number): number
  /** TypeScript does not need it any more; it lives on while a server serves it. */
  pvFree(pv: number): void
  /**
   * `value`: type and full value for Rpc, changed bitset and fields in the PV's type for Get; null: no data. `stamp`: of
   * a Get, with the current time.
   */
  operationReply(operation: number, value: Uint8Array | null, stamp: boolean): void
  operationError(operation: number, text: string): void
  /** level as in Log */
  operationLog(operation: number, level: number, text: string): void
  /** Result without type; the roles come as an Event-like text list: content of the Result is uint32 count and strings. */
  operationRoles(operation: number, call: number): void
}
