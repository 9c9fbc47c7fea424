// One stream that is signed up for updates: its marker, and what of it was given.
import { Member } from '../channel/member.js'
import type { PiStream } from '../resolver.js'

export class Registered {
  readonly member: Member
  /** Where the next poll goes on; undefined when it is to be signed up (again). */
  marker: string | undefined
  /** It was signed up before, and the server forgot. */
  lost = false
  /** It has no updates: its value was given once. */
  fixed = false

  constructor(stream: PiStream) {
    this.member = new Member(stream)
  }
}
