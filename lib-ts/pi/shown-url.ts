const LONGEST_VALUE = 100
const LONGEST = 2000

/** A URL as errors show it: long WebIDs are cut, and there are no credentials in it. */
export function shownUrl(url: string): string {
  const short = url
    .replace(/^(https?:\/\/)[^/?#@]*@/i, '$1')
    .replace(/([?&]webId=)([^&]*)/gi, (_, name: string, value: string) =>
      value.length > LONGEST_VALUE ? `${name}${value.slice(0, LONGEST_VALUE)}…` : `${name}${value}`,
    )
  return short.length > LONGEST ? `${short.slice(0, LONGEST)}…` : short
}
