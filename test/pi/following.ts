import type { Channel, ChannelEvent, PiUpdate } from 'node-pvxs/pi'

/** A channel that comes back at once. */
export const FAST = { reconnect: { min: 1, max: 20 } } as const

/** Values until `count` of them came. */
export async function take(channel: Channel, count: number): Promise<PiUpdate[]> {
  const all: PiUpdate[] = []
  while (all.length < count) all.push(...(await channel.recv()).items)
  return all
}

export const valuesOf = (updates: readonly PiUpdate[]): unknown[] => updates.map(({ value }) => value)

/** The next event of a type; to be asked for before it can happen. */
export async function event<T extends ChannelEvent['type']>(
  channel: Channel,
  type: T,
): Promise<ChannelEvent & { readonly type: T; readonly reason?: string }> {
  for await (const one of channel.events())
    if (one.type === type) return one as ChannelEvent & { readonly type: T }
  throw new Error(`the channel ended without ${type}`)
}
