// Whether a call speaks Arrow: by what the user asks for, what the server has, and what is installed.
import { BTrDBError } from './errors.js'
import { loadArrow, type Arrow } from './peers.js'
import type { Session } from './session.js'

interface Choice {
  readonly kind: 'arrow' | 'auto'
  readonly op: string
  /** Whether the server has the calls. */
  readonly served: boolean
}

/** undefined where messages of protocol buffers are spoken. */
export async function arrowFor(session: Session, { kind, op, served }: Choice): Promise<Arrow | undefined> {
  if (!served) {
    if (kind === 'auto') return undefined
    throw session.error('the server has no calls that carry Arrow: they came with 5.30', {
      code: 'ERR_BTRDB_NOT_SUPPORTED',
      op,
    })
  }
  try {
    return await loadArrow("transport: 'arrow'", op)
  } catch (error) {
    if (kind === 'auto' && error instanceof BTrDBError && error.code === 'ERR_BTRDB_PEER') return undefined
    throw error
  }
}
