import type { PiStream } from '../resolver.js'
import { readWebId } from '../web-id.js'
import type { Member } from './member.js'

/** The members of one socket, found by what its messages say of them. */
export class Roster {
  readonly #members: readonly Member[]
  readonly #found = new Map<string, Member | undefined>()
  readonly #byPath = new Map<string, Member>()
  readonly #byIds = new Map<string, Member>()
  /** Makes a member of a stream that was not named: those of a parent. */
  readonly #adopt: ((stream: PiStream) => Member) | undefined

  constructor(members: readonly Member[], adopt?: (stream: PiStream) => Member) {
    this.#members = members
    this.#adopt = adopt
    for (const member of members) {
      const { webId, path } = member.stream
      this.#found.set(webId, member)
      if (path !== '') this.#byPath.set(path.toUpperCase(), member)
      const ids = idsOf(webId)
      if (ids !== undefined) this.#byIds.set(ids, member)
    }
  }

  /** The server may use another form of WebID than was asked for; what is not known is looked for once. */
  find(webId: string, path: string, name: string): Member | undefined {
    const known = this.#found.get(webId)
    const member = known !== undefined || this.#found.has(webId) ? known : this.#look(webId, path, name)
    if (member === undefined || member.gone) return undefined
    if (member.stream.path === '' && path !== '') member.stream = { ...member.stream, path, name }
    return member
  }

  #look(webId: string, path: string, name: string): Member | undefined {
    const ids = idsOf(webId)
    const member =
      this.#byPath.get(path.toUpperCase()) ??
      (ids === undefined ? undefined : this.#byIds.get(ids)) ??
      this.#members.find(({ stream }) => readWebId(stream.webId)?.path === path.slice(2).toUpperCase()) ??
      this.#adopt?.(unknownStream(path === '' ? webId : path, webId, path, name))
    this.#found.set(webId, member)
    return member
  }
}

/** A stream of which no more is known than this. */
export function unknownStream(ref: string, webId: string, path: string, name: string): PiStream {
  const kind = readWebId(webId)?.kind === 'point' ? 'point' : 'attribute'
  return { ref, webId, path, name, kind, type: '', units: '', digitalSet: '', step: false, future: false }
}

/** What all forms of a WebID but one have in common: the ids of the object, without that of its server. */
function idsOf(webId: string): string | undefined {
  const parts = readWebId(webId)
  if (parts === undefined || parts.type === 'PathOnly') return undefined
  const withServer = parts.type === 'Full' || parts.type === 'IDOnly'
  return `${parts.kind} ${parts.ids.slice(withServer ? 1 : 0).join(' ')}`
}
