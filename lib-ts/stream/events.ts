import type { FailedMember } from './errors.js'
import type { SourceEvent } from './source.js'
import type { StreamState } from './states.js'

/**
 * What {@link ManagedStream.events} gives: what the source tells, each change of the state, what `onHandlerError: 'skip'`
 * skipped, and what an update failed to open. Times are ns since the Unix epoch.
 */
export type StreamEvent =
  | SourceEvent
  | { readonly type: 'state'; readonly from: StreamState; readonly to: StreamState; readonly time: bigint }
  | { readonly type: 'skipped'; readonly error: Error }
  | { readonly type: 'rollback'; readonly failed: readonly FailedMember[] }
