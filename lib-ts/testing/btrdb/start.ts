import { bad, checkOptions, flag, integer, list, text } from '../../input/index.js'
import { InvalidArgumentError } from '../../errors.js'
import type { ArrowModule } from './arrow.js'
import type { BtrdbFake } from './fake.js'
import type { BtrdbFakeOptions } from './options.js'
import type * as Serving from './serving.js'

const KNOWN = [
  'port',
  'host',
  'tls',
  'apiKeys',
  'version',
  'platform',
  'pageSize',
  'insertLimit',
  'proxies',
  'arrow',
]

/**
 * Starts a BTrDB server for tests, in this process, on the loopback interface. Nothing outside the process takes part. It
 * serves every call of the public interface of version 5.34, keeps every version of every stream, and is gone when it is
 * closed. It needs the packages `@grpc/grpc-js` and `@bufbuild/protobuf`, and `apache-arrow` for the calls with Arrow.
 *
 * @throws InvalidArgumentError when an option is bad, or a package is missing
 * @example
 * import { btrdbFake } from 'node-pvxs/testing'
 *
 * await using fake = await btrdbFake()
 * fake.fail('Insert', { grpc: 'UNAVAILABLE', times: 2 })
 * fake.endpoint.startsWith('127.0.0.1:') // → true
 * fake.calls.length // → 0
 */
export async function btrdbFake(options: BtrdbFakeOptions = {}): Promise<BtrdbFake> {
  check(options)
  // Not before it is needed: it brings packages along, and not everybody has them.
  const { BtrdbFake, ArrowPages } = await installed()
  const arrow = options.arrow === false ? undefined : await arrowModule()
  const fake = new BtrdbFake(options, arrow === undefined ? undefined : new ArrowPages(arrow))
  await fake.start(options)
  return fake
}

function check(options: BtrdbFakeOptions): void {
  checkOptions(options, KNOWN, 'btrdbFake')
  const { port, host, tls, apiKeys, version, platform, pageSize, insertLimit, proxies, arrow } = options
  if (port !== undefined) integer(0, 65_535)(port, 'port')
  if (host !== undefined) text(host, 'host')
  if (apiKeys !== undefined) list(text)(apiKeys, 'apiKeys')
  if (proxies !== undefined) list(text)(proxies, 'proxies')
  if (platform !== undefined) flag(platform, 'platform')
  if (arrow !== undefined) flag(arrow, 'arrow')
  if (pageSize !== undefined) integer(1, 1_000_000)(pageSize, 'pageSize')
  if (insertLimit !== undefined) integer(1, 10_000_000)(insertLimit, 'insertLimit')
  if (tls !== undefined && !(isPem(tls.key) && isPem(tls.cert) && (tls.ca === undefined || isPem(tls.ca))))
    throw bad('tls', '{ key, cert } in PEM', '…')
  if (version === undefined) return
  const parts = list(integer(0, 65_535))(version, 'version')
  if (parts.length !== 2) throw bad('version', '[major, minor]', version)
}

const isPem = (x: unknown): boolean => typeof x === 'string' || x instanceof Uint8Array

async function installed(): Promise<typeof Serving> {
  try {
    return await import('./serving.js')
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    throw new InvalidArgumentError(
      'btrdbFake needs two packages that are not installed with this one: npm install @grpc/grpc-js @bufbuild/protobuf',
      { op: 'btrdbFake', cause },
    )
  }
}

async function arrowModule(): Promise<ArrowModule | undefined> {
  try {
    return await import('apache-arrow')
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw cause
  }
}

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && /^(ERR_)?MODULE_NOT_FOUND$/.test(String(cause.code))
