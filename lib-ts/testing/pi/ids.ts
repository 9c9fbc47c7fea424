// WebIDs of the simulator. Written apart from those of node-pvxs/pi: one checks the other.
import { createHash } from 'node:crypto'

/** The forms of a WebID that a client may ask for. */
export type IdForm = 'Full' | 'IDOnly' | 'PathOnly' | 'LocalIDOnly' | 'DefaultIDOnly'

export const idForms: readonly IdForm[] = ['Full', 'IDOnly', 'PathOnly', 'LocalIDOnly', 'DefaultIDOnly']

/** What an object needs to have WebIDs. */
export interface Identity {
  /** Two characters, with that of the owner: `DP`, `AbE`. */
  readonly marker: string
  /** 16 bytes. */
  readonly server: Buffer
  /** Those of the object and of what it is in. */
  readonly own: readonly Buffer[]
  /** With the two back-slashes. */
  readonly path: string
}

/** Sixteen bytes that are the same for the same text. */
export function guidOf(text: string): Buffer {
  return createHash('sha256').update(text.toUpperCase()).digest().subarray(0, 16)
}

export function pointNumber(id: number): Buffer {
  return Buffer.from(new Uint8Array([id & 255, (id >> 8) & 255, (id >> 16) & 255, (id >> 24) & 255]))
}

/** A GUID as text, its first three groups the other way round. */
export function guidText(guid: Buffer): string {
  const group = (from: number, to: number): string => guid.subarray(from, to).toString('hex')
  const turned = (from: number, to: number): string =>
    Buffer.from(guid.subarray(from, to)).reverse().toString('hex')
  return `${turned(0, 4)}-${turned(4, 6)}-${turned(6, 8)}-${group(8, 10)}-${group(10, 16)}`
}

/** The WebID of an object in a form. */
export function idText({ marker, server, own, path }: Identity, form: IdForm): string {
  const ids = own.map((one) => one.toString('base64url')).join('')
  const name = Buffer.from(path.slice(2).toUpperCase(), 'utf8').toString('base64url')
  const guid = server.toString('base64url')
  switch (form) {
    case 'Full':
      return `F1${marker}${guid}${ids}${name}`
    case 'IDOnly':
      return `I1${marker}${guid}${ids}`
    case 'PathOnly':
      return `P1${marker}${name}`
    case 'LocalIDOnly':
      return `L1${marker}${ids}`
    case 'DefaultIDOnly':
      return `D1${marker}${ids}`
  }
}
