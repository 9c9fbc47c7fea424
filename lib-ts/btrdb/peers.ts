// The optional packages. Each is loaded when it is needed first; one that is missing is one error.
import { BTrDBError } from './errors.js'
import { loadCodec, type Codec } from './wire/index.js'

// Declarations that users compile must do without the packages that they do not have: the types are `any` then. The comments
// reach the declarations only in this form.
/* eslint-disable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports */
/** @ts-ignore */
export type Grpc = typeof import('@grpc/grpc-js')
/** @ts-ignore */
export type GrpcChannel = import('@grpc/grpc-js').Channel
/** @ts-ignore */
export type Yaml = typeof import('yaml')
/** @ts-ignore */
export type Arrow = typeof import('apache-arrow')
/** @ts-ignore */
export type ArrowTable = import('apache-arrow').Table
/* eslint-enable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports */

const MISSING = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])

interface Need {
  /** What needs them, as the error says it. */
  readonly what: string
  readonly op: string
}

/** Loads packages. One error names all that are missing. */
async function peers<const L extends readonly (readonly [name: string, load: () => Promise<unknown>])[]>(
  { what, op }: Need,
  wanted: L,
): Promise<{ [I in keyof L]: Awaited<ReturnType<L[I][1]>> }> {
  const loaded = await Promise.allSettled(wanted.map(([, load]) => load()))
  const failed = loaded.flatMap((one, i) =>
    one.status === 'rejected' ? [{ name: wanted[i]?.[0] ?? '', cause: one.reason as unknown }] : [],
  )
  const [first] = failed
  if (first === undefined) return loaded.map((one) => (one as PromiseFulfilledResult<unknown>).value) as never
  const missing = failed.every(({ cause }) => MISSING.has(String((cause as { code?: unknown }).code)))
  const names = failed.map(({ name }) => name)
  throw new BTrDBError(
    `${what} needs the package${names.length > 1 ? 's' : ''} ${names.join(' and ')}${missing ? '' : ', which could not be loaded'}`,
    { code: 'ERR_BTRDB_PEER', op, hint: `npm install ${names.join(' ')}`, cause: first.cause },
  )
}

/** What every connection stands on. */
export function loadConnection(): Promise<readonly [Grpc, Codec]> {
  return peers({ what: 'a connection to BTrDB', op: 'connect' }, [
    ['@grpc/grpc-js', (): Promise<Grpc> => import('@grpc/grpc-js')],
    ['@bufbuild/protobuf', loadCodec],
  ])
}

export async function loadYaml(): Promise<Yaml> {
  const need = { what: 'a credentials file', op: 'connect' }
  const [yaml] = await peers(need, [['yaml', (): Promise<Yaml> => import('yaml')]])
  return yaml
}

export async function loadArrow(what: string, op: string): Promise<Arrow> {
  const [arrow] = await peers({ what, op }, [['apache-arrow', (): Promise<Arrow> => import('apache-arrow')]])
  return arrow
}
