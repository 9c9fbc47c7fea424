import { ResourceError } from '../errors.js'

/** What the addon threw, as an error of ours where it says what it is. */
export function nativeError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ResourceError) return error
  return 'code' in error && error.code === 'ERR_PVA_RESOURCE' ? new ResourceError(error.message) : error
}
