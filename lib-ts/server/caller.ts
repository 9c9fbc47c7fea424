import type { Reader } from '../data/index.js'

/** The client of a channel, and the PV that it was opened to. */
export interface ChannelInfo {
  /** The PV's name. */
  readonly name: string
  /** `host:port` of the client. */
  readonly peer: string
  /** `host:port` of the server's end. */
  readonly interface: string
  /** How the client says who it is: `ca` or `anonymous`. Without TLS this claim is not checked. */
  readonly method: string
  readonly account: string
}

/** One client's channel to one PV. */
export class Caller {
  readonly server: number
  readonly info: ChannelInfo

  private constructor(server: number, info: ChannelInfo) {
    this.server = server
    this.info = info
  }

  static read(reader: Reader): Caller {
    reader.u32() // the PV, which each operation names again
    return new Caller(reader.u32(), Caller.readInfo(reader))
  }

  static readInfo(reader: Reader): ChannelInfo {
    const name = reader.string()
    const peer = reader.string()
    const iface = reader.string()
    const method = reader.string()
    return Object.freeze({ name, peer, interface: iface, method, account: reader.string() })
  }
}
