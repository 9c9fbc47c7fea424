// The numbers that C++ and TypeScript each have a copy of: kinds of records, their flags and codes.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  EventCode,
  FailureCode,
  FORGET,
  FRESH,
  HEAD,
  Kind,
  OperationCode,
  PhaseCode,
  PvFlag,
  TroubleCode,
} from '../../../lib-ts/native/addon.js'

const source = (name: string): string =>
  readFileSync(new URL(`../../../src/${name}`, import.meta.url), 'utf8').replaceAll(/\/\/.*/g, '')

const records = source('delivery/records.h')
const sharedPv = source('server/shared_pv.h')
const operations = source('server/pending_operations.h')

/** Names and numbers of each enumeration in `text`, by its name; those without a name are taken together under ''. */
function enumerations(text: string): Record<string, Record<string, number>> {
  const all: Record<string, Record<string, number>> = {}
  for (const [, name, body] of text.matchAll(/\benum(?:\s+class)?\s*(\w*)\s*(?::\s*\w+\s*)?\{([^}]*)\}/g)) {
    const members = (all[name ?? ''] ??= {})
    let next = 0
    for (const member of (body ?? '').split(',').map((part) => part.trim())) {
      if (member === '') continue
      const [, key, number] = /^k?(\w+?)(?:\s*=\s*(\d+))?$/.exec(member) ?? []
      if (key === undefined) throw new Error(`cannot read '${member}' of enum ${name}`)
      next = number === undefined ? next : Number(number)
      members[key] = next++
    }
  }
  return all
}

describe('the numbers of C++ and of TypeScript', () => {
  const cpp = enumerations(records)

  it.each([
    ['Kind', Kind],
    ['Event', EventCode],
    ['Failure', FailureCode],
    ['Phase', PhaseCode],
    ['', { Fresh: FRESH, Forget: FORGET }],
  ])('are the same in records.h: %s', (name, numbers) => {
    expect(cpp[name]).toEqual(numbers)
  })

  it('are the same in shared_pv.h: what a PV does by itself', () => {
    expect(enumerations(sharedPv)).toEqual({ PvFlag })
  })

  it('are the same in channels.h: why there is no channel', () => {
    expect(enumerations(source('upstream/channels.h'))).toMatchObject({ Trouble: TroubleCode })
  })

  it('are the same in pending_operations.h: kinds of operations', () => {
    expect(enumerations(operations)).toEqual({ OperationKind: OperationCode })
  })

  it('have no enumeration in records.h that TypeScript does not know', () => {
    expect(Object.keys(cpp).sort()).toEqual(['', 'Event', 'Failure', 'Kind', 'Phase'])
  })

  it('are the same for the bytes of a head', () => {
    expect(/static_assert\(sizeof\(Head\) == (\d+)/.exec(records)?.[1]).toBe(String(HEAD))
  })

  it('are found, with their gaps and defaults', () => {
    expect(enumerations('enum class A : uint8_t { X = 3, Y, Z = 9 }; enum B { kP, kQ };')).toEqual({
      A: { X: 3, Y: 4, Z: 9 },
      B: { P: 0, Q: 1 },
    })
  })
})
