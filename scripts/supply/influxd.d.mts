export function influxdConfiguration(settings: {
  readonly folder: string
  readonly port: number
  /** Another port: the default would collide when two run. */
  readonly rpc: number
  readonly auth?: boolean
  readonly sharedSecret?: string
  readonly maxBodySize?: number
  readonly https?: { readonly certificate: string; readonly key: string }
  /** Path of its unix socket. */
  readonly socket?: string
}): string
