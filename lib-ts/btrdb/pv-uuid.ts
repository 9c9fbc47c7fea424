import { createHash } from 'node:crypto'
import { argument } from './errors.js'
import { quote } from '../input/index.js'
import { bytesOfUuid, textOfUuid } from './uuid.js'

/** UUIDv5 of the DNS name `node-pvxs`. */
const NAMESPACE = '3b3afa5a-8a55-5947-8698-ca8ba8b10c50'

/**
 * The uuid of a PV's stream: UUIDv5 of its name, so that every writer and every restart finds the same stream.
 *
 * @param namespace a uuid, for those who keep two control systems with the same names apart
 * @throws {@link BTrDBError} (`ERR_BTRDB_ARGUMENT`) when the name is not text, or the namespace not a uuid
 * @example
 * import { pvUuid } from 'node-pvxs/btrdb'
 *
 * pvUuid('lab:temperature') // → 'd4e9c1b6-ffa7-5e6b-a24b-1f082efaa502'
 */
export function pvUuid(name: string, namespace: string = NAMESPACE): string {
  if (typeof name !== 'string' || name === '') throw argument(`the name of a PV is text, not ${quote(name)}`)
  const hash = createHash('sha1').update(bytesOfUuid(namespace, 'namespace')).update(name).digest()
  const bytes = hash.subarray(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return textOfUuid(bytes)
}
