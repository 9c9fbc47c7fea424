import { expect } from 'vitest'

import { structId, type Case, type Sample } from './every-type.js'
import type { Seen } from './peer.js'

/** p4p holds every value, and chooses the type of what it puts into an any. */
export const p4p = {
  reads: (c: Case): readonly Sample[] => c.samples,
  makes: (c: Case): readonly Sample[] => c.samples.filter((s) => s.fromPeer !== false),
}

export function expectSeen(seen: Seen, _: Case, s: Sample, note?: string): void {
  expect(seen.id).toBe(structId)
  expect(seen.value['value']).toEqual('seen' in s ? s.seen : s.input)
  if (note !== undefined) expect(seen.value['note']).toBe(note)
  // What the JSON loses: which member of a union, which type of integer.
  if (s.text) expect(seen.text).toMatch(s.text)
}
