// From references to members: what a channel is opened for, and what an update changes.
import { isPlainObject, quote } from '../../input/index.js'
import { PiArgumentError } from '../errors.js'
import type { CallOptions } from '../options.js'
import { readRefs, type Wanted } from '../references.js'
import type { Reading } from '../values.js'
import { webId as webIds } from '../web-id.js'
import { Member } from './member.js'
import { readSpec, type ParentQuery, type WantedParent, type WantedSpec } from './options.js'
import { unknownStream } from './roster.js'

/** A parent that was found. */
export interface Parent {
  readonly ref: string
  readonly webId: string
  readonly query: ParentQuery
}

/** What a channel is of. */
export interface Target {
  /** By WebID. */
  readonly members: ReadonlyMap<string, Member>
  readonly parent?: Parent
}

/** What an update asks for. */
export type WantedUpdate =
  WantedSpec | { readonly add: readonly Wanted[]; readonly remove: readonly Wanted[] }

export function isParent(spec: WantedUpdate): spec is WantedParent {
  return 'query' in spec
}

/** Reads what `update` was given; `listed`: the channel is of a list, which has additions and removals. */
export function readUpdate(to: unknown, resolve: boolean, listed: boolean): WantedUpdate {
  const change = isPlainObject(to) && !('parent' in to)
  if (!change) return readSpec(to, 'update', resolve)
  if (!listed) throw new PiArgumentError('update: add and remove are for channels of references')
  const stray = Object.keys(to).find((key) => key !== 'add' && key !== 'remove')
  if (stray !== undefined) throw new PiArgumentError(`update has no ${quote(stray)}; it has add, remove`)
  const { add = [], remove = [] } = to as { add?: unknown; remove?: unknown }
  const added = Array.isArray(add)
    ? (readSpec(add, 'update: add', resolve) as readonly Wanted[])
    : readRefs(add, 'update: add')
  return { add: added, remove: readRefs(remove, 'update: remove') }
}

/** Looks references up; those that are members already stay what they are. */
export async function targetOf(
  reading: Reading,
  spec: WantedUpdate,
  before: Target,
  options: { readonly resolve: boolean; readonly lists: boolean; readonly call: CallOptions },
): Promise<Target> {
  if (isParent(spec)) return parentTarget(reading, spec, before, options)
  const wanted = 'add' in spec ? spec.add : spec
  const members = new Map<string, Member>()
  if ('add' in spec) {
    const gone = await removed(reading, spec.remove, before, options.call)
    for (const [id, member] of before.members) if (!gone.has(id)) members.set(id, member)
  }
  for (const stream of options.resolve
    ? await resolved(reading, wanted, options.call)
    : wanted.map(unresolved)) {
    if (!members.has(stream.webId))
      members.set(stream.webId, before.members.get(stream.webId) ?? new Member(stream))
  }
  return { members }
}

const resolved = (reading: Reading, wanted: readonly Wanted[], call: CallOptions) =>
  Promise.all(reading.resolver.resolve(wanted, call))

const unresolved = ({ text, ref }: Wanted) => unknownStream(ref, shortId(text), '', '')

/** A full WebID may be too long for a path, and its ids say the same. */
function shortId(text: string): string {
  const { type, kind, owner, ids } = webIds.parse(text)
  return type === 'Full'
    ? webIds.encode({ type: 'IDOnly', kind, ids, ...(owner === undefined ? {} : { owner }) })
    : text
}

/** The WebIDs of members that these references name; what is not a member is passed over. */
async function removed(
  reading: Reading,
  refs: readonly Wanted[],
  { members }: Target,
  call: CallOptions,
): Promise<ReadonlySet<string>> {
  const byName = new Map<string, string>()
  for (const [id, { stream }] of members)
    for (const name of [stream.ref, stream.path, stream.webId]) byName.set(name.toUpperCase(), id)
  const gone = new Set<string>()
  const others: Wanted[] = []
  for (const wanted of refs) {
    const id = byName.get(wanted.ref.toUpperCase()) ?? byName.get(wanted.text.toUpperCase())
    if (id === undefined) others.push(wanted)
    else gone.add(id)
  }
  for (const result of await Promise.allSettled(reading.resolver.resolve(others, call)))
    if (result.status === 'fulfilled') gone.add(result.value.webId)
  return gone
}

async function parentTarget(
  { api, settings }: Reading,
  { ref, controller, by, text, query }: WantedParent,
  before: Target,
  { lists, call }: { readonly lists: boolean; readonly call: CallOptions },
): Promise<Target> {
  const asked = { webIdType: settings.webIdType, selectedFields: 'WebId' }
  const found =
    by === 'webId'
      ? { WebId: text }
      : await (controller === 'elements'
          ? api.elements.getByPath({ path: text, ...asked }, call)
          : controller === 'eventframes'
            ? api.eventframes.getByPath({ path: text, ...asked }, call)
            : api.attributes.getByPath({ path: text, ...asked }, call))
  const parent: Parent = { ref, webId: found.WebId, query }
  const members = new Map<string, Member>()
  // Those of a list go by what they were asked for; here their path is their reference.
  const known: Target['members'] = before.parent === undefined ? new Map() : before.members
  if (lists) {
    const fields = 'Items.WebId;Items.Name;Items.Path'
    const { webIdType } = settings
    const list = await api.streamsets.getEnd(
      { ...query, webId: parent.webId, webIdType, selectedFields: fields },
      call,
    )
    for (const { WebId, Name, Path } of list.Items)
      members.set(WebId, known.get(WebId) ?? new Member(unknownStream(Path, WebId, Path, Name)))
  }
  return { members, parent }
}
