// Which members share a socket: as many as its URL holds.
import type { Settings } from '../options.js'
import { queryText } from '../request.js'
import type { Member } from './member.js'
import type { ParentQuery } from './options.js'

/** What stands in the URL beside the streams. */
export interface UrlOptions {
  readonly includeInitialValues: boolean
  readonly heartbeatRate: number | undefined
  readonly maxUrlBytes: number
}

/** The query that all of a channel's URLs have. */
function fixed(
  { webIdType }: Settings,
  { includeInitialValues, heartbeatRate }: UrlOptions,
): [string, string][] {
  return [
    ['includeInitialValues', String(includeInitialValues)],
    ...(heartbeatRate === undefined
      ? []
      : ([['heartbeatRate', String(heartbeatRate)]] as [string, string][])),
    ['webIdType', webIdType],
  ]
}

/** The URL of a channel of these members. */
export function urlOf(settings: Settings, options: UrlOptions, members: readonly Member[]): string {
  const ids = members.map(({ stream }): [string, string] => ['webId', stream.webId])
  return `${settings.base}/streamsets/channel${queryText([...fixed(settings, options), ...ids])}`
}

/** The URL of a channel of all attributes of a parent. */
export function parentUrl(
  settings: Settings,
  options: UrlOptions,
  webId: string,
  query: ParentQuery,
): string {
  const pairs = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])
  return `${settings.base}/streamsets/${webId}/channel${queryText([...fixed(settings, options), ...pairs])}`
}

/** Bytes that a member takes in a URL. */
export const bytesOf = ({ stream }: Member): number => queryText([['webId', stream.webId]]).length

/** Bytes of members that a URL has room for. */
export function roomOf(settings: Settings, options: UrlOptions): number {
  return options.maxUrlBytes - urlOf(settings, options, []).length
}

/** Members in parts, each of which fits; one that is too long alone has a part of its own. */
export function partsOf(members: readonly Member[], room: number): Member[][] {
  const parts: Member[][] = []
  let left = 0
  for (const member of members) {
    const bytes = bytesOf(member)
    const part = parts.at(-1)
    if (part === undefined || bytes > left) {
      parts.push([member])
      left = room - bytes
    } else {
      part.push(member)
      left -= bytes
    }
  }
  return parts
}
