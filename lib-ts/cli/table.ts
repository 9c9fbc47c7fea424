// Every command, by its name; a room with a command of its own adds a line.
import type { Command } from './declare.js'

export type CommandTable = Readonly<Record<string, () => Promise<Command>>>

export const commands: CommandTable = {
  get: async () => (await import('./commands/get.js')).get,
  monitor: async () => (await import('./commands/monitor.js')).monitor,
  info: async () => (await import('./commands/info.js')).info,
  list: async () => (await import('./commands/list.js')).list,
}
