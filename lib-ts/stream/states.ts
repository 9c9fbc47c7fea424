/** The states of a {@link ManagedStream}. `stopped` and `failed` are final. */
export type StreamState =
  'idle' | 'starting' | 'running' | 'updating' | 'reconnecting' | 'stopping' | 'stopped' | 'failed'

// From each state, the states that may follow. The diagram in docs/streams.md is this table.
const following: Readonly<Record<StreamState, readonly StreamState[]>> = {
  idle: ['starting', 'stopping'],
  starting: ['running', 'reconnecting', 'stopping', 'failed'],
  running: ['updating', 'reconnecting', 'stopping', 'failed'],
  updating: ['running', 'reconnecting', 'stopping', 'failed'],
  reconnecting: ['running', 'updating', 'stopping', 'failed'],
  stopping: ['stopped', 'failed'],
  stopped: [],
  failed: [],
}

/** The state of one stream; refuses a step that the table does not have. */
export class StateMachine {
  #state: StreamState = 'idle'
  readonly #changed: (from: StreamState, to: StreamState) => void

  constructor(changed: (from: StreamState, to: StreamState) => void) {
    this.#changed = changed
  }

  get state(): StreamState {
    return this.#state
  }

  /** Whether it has a source that is open. */
  get open(): boolean {
    return this.#state === 'running' || this.#state === 'updating' || this.#state === 'reconnecting'
  }

  get ended(): boolean {
    return this.#state === 'stopped' || this.#state === 'failed'
  }

  to(state: StreamState): void {
    const from = this.#state
    if (from === state) return
    if (!following[from].includes(state)) throw new Error(`a stream cannot go from ${from} to ${state}`)
    this.#state = state
    this.#changed(from, state)
  }
}
