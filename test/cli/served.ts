// A server with one PV of every kind, for the program to talk to.
import {
  any,
  NTEnum,
  NTNDArray,
  NTScalar,
  NTTable,
  RemoteError,
  Server,
  SharedPV,
  TypeDef,
  type AnyPV,
} from 'node-pvxs'
import { expect } from 'vitest'

export const stamp = { secondsPastEpoch: 1_796_052_286n, nanoseconds: 217_000_001, userTag: 0 }
export const LOCAL = '2026-11-30 15:24:46.217'
export const ISO = '2026-11-30T15:24:46.217000001Z'

// ESC, CSI and the like, DEL, and what turns the writing direction.

export const ACTING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u

/** A sentence on stderr, and never a stack. */
export function expectSentence(stderr: string): void {
  expect(stderr).toMatch(/^node-pvxs: \S/)
  expect(stderr).not.toMatch(/^\s+at |node:internal|\.js:\d+/m)
  expect(stderr).not.toMatch(ACTING)
}

/** Text that a terminal would act on, and how it is shown. */
export const nasty = '\u001b[2J\u009b\u202eé\n'
export const shown = '\\x1b[2J\\x9b\\u202eé\\n'

export function pvsOfEveryKind(): Record<string, AnyPV> {
  const scalar = (code: 'float64' | 'int64' | 'string' | 'float32' | 'bool', value: unknown): AnyPV =>
    SharedPV.mailbox(new NTScalar(code), { value, timeStamp: stamp } as object)
  return {
    'x:double': SharedPV.mailbox(new NTScalar('float64', { display: true }), {
      value: 1.5,
      timeStamp: stamp,
      alarm: { severity: 2, status: 1, message: 'too hot' },
      display: { units: 'mm' },
    }),
    'x:single': scalar('float32', 0.1),
    'x:int64': scalar('int64', 9_007_199_254_740_993n),
    'x:text': scalar('string', 'say "hi"'),
    'x:nasty': SharedPV.mailbox(new NTScalar('string', { display: true }), {
      value: nasty,
      timeStamp: stamp,
      alarm: { severity: 1, status: 1, message: nasty },
      display: { units: nasty },
    }),
    'x:bool': scalar('bool', true),
    'x:array': SharedPV.mailbox(new NTScalar('float64[]'), {
      value: [1.5, -2.5, 1e300, NaN, -Infinity],
      timeStamp: stamp,
    }),
    'x:texts': SharedPV.mailbox(new NTScalar('string[]'), { value: ['a', 'b c'], timeStamp: stamp }),
    'x:enum': SharedPV.mailbox(new NTEnum(), {
      value: { index: 1, choices: ['Off', 'Run'] },
      timeStamp: stamp,
    }),
    'x:table': SharedPV.mailbox(new NTTable({ i: 'int32', name: 'string' }), {
      value: { i: [1, 22, 3], name: ['a', '日本', 'c,"d"'] },
    }),
    'x:image': SharedPV.mailbox(new NTNDArray(), NTNDArray.wrap(new Uint8Array(12), { shape: [3, 4] })),
    'x:motor': SharedPV.mailbox(
      new TypeDef('struct', 'lab:Motor', {
        position: 'float64',
        limits: { low: 'float64' },
        choice: new TypeDef('union', { a: 'int32', text: 'string' }),
        any: 'any',
        nothing: 'any',
        items: [{ q: 'int32' }],
      }),
      {
        position: 1.5,
        limits: { low: -1 },
        choice: { select: 'text', value: 'hey' },
        any: any('uint8', 200),
        items: [{ q: 1 }, null],
      },
    ),
    'x:empty': SharedPV.mailbox(
      new TypeDef('struct', '', {
        structs: [{ q: 'int32' }],
        anys: 'any[]',
        numbers: 'int32[]',
        texts: 'string[]',
      }),
      { structs: [], anys: [], numbers: [], texts: [] },
    ),
    'x:refusing': new SharedPV({
      type: new NTScalar('int32'),
      initial: { value: 1 },
      onGet: () => {
        throw new RemoteError(`not ${nasty} today`)
      },
    }),
  }
}

/** A server on loopback with these PVs and those of every kind. */
export function serveEveryKind(more: Record<string, AnyPV> = {}): Promise<Server> {
  return Server.start({ isolated: true, pvs: { ...pvsOfEveryKind(), ...more } })
}
