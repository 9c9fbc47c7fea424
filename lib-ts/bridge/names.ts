import { pvName, quote } from '../input/index.js'
import { BridgeError } from '../pvws/index.js'

/** What a client's name of a PV means. */
export interface Address {
  readonly kind: 'pva' | 'sim' | 'loc'
  /** The PV, or the text behind `sim://` or `loc://`. */
  readonly name: string
  /** The field in it; `''` is the whole. */
  readonly path: string
}

const SCHEME = /^([a-z]+):\/\//

/**
 * `NAME`, `pva://NAME`, `pva://NAME/a/b` for a field of it, `sim://…` and `loc://…`.
 *
 * @throws InvalidArgumentError for what is not a PV name
 * @throws BridgeError for `ca://`
 */
export function addressOf(asked: unknown, slash: 'field' | 'name'): Address {
  const scheme = typeof asked === 'string' ? SCHEME.exec(asked)?.[1] : undefined
  if (typeof asked !== 'string' || scheme === undefined) return whole(pvName(asked, 'subscribe'))
  const rest = asked.slice(scheme.length + 3)
  switch (scheme) {
    case 'pva':
      return slash === 'name' ? whole(pvName(rest, 'subscribe')) : withField(rest)
    case 'sim':
    case 'loc':
      return { kind: scheme, name: rest, path: '' }
    case 'ca':
      throw new BridgeError(
        'ERR_BRIDGE_MESSAGE',
        `${quote(asked)}: this bridge speaks PVAccess only; an IOC with QSRV serves its records by it`,
      )
    default:
      return whole(pvName(asked, 'subscribe'))
  }
}

/** The fields of the PV that are meant: those asked for lie in the one that the name leads to. */
export function fieldsAt({ path }: Address, fields: readonly string[]): readonly string[] {
  if (path === '') return fields
  return fields.length === 0 ? [path] : fields.map((field) => `${path}.${field}`)
}

function whole(name: string): Address {
  return { kind: 'pva', name, path: '' }
}

function withField(text: string): Address {
  const [name, ...fields] = text.split('/')
  return { kind: 'pva', name: pvName(name, 'subscribe'), path: fields.filter(Boolean).join('.') }
}
