import { PvaError } from '../errors.js'

/** An error of version 2: what is known about it, for the request or subscription it belongs to. */
export function errorMessage2(error: unknown, id: number | undefined, pv: unknown): string {
  const known = error instanceof PvaError ? error : undefined
  const { path } = (known ?? {}) as { readonly path?: unknown }
  return JSON.stringify({
    type: 'error',
    id,
    code: known?.code ?? 'ERR_PVA',
    message: known?.message ?? 'the bridge failed',
    pv: typeof pv === 'string' ? pv : undefined,
    phase: known?.phase,
    hint: known?.hint,
    path: typeof path === 'string' ? path : undefined,
  })
}
