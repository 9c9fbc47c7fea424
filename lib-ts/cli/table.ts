// Every command, by its name; a room with a command of its own adds a line.
import type { Command, Group } from './declare.js'

/** What the overview tells of a command, which is loaded when it runs. */
export interface Listed {
  readonly group: Group
  /** One line. */
  readonly summary: string
  readonly load: () => Promise<Command>
}

export type CommandTable = Readonly<Record<string, Listed>>

function listed(group: Group, summary: string, load: Listed['load']): Listed {
  return { group, summary, load }
}

export const commands: CommandTable = {
  get: listed('Values', 'Read PVs once', async () => (await import('./commands/get.js')).get),
  monitor: listed(
    'Values',
    'Print values as they change',
    async () => (await import('./commands/monitor.js')).monitor,
  ),
  put: listed(
    'Values',
    'Write values, by the type that the server has',
    async () => (await import('./commands/put.js')).put,
  ),
  call: listed(
    'Values',
    'Call a service (RPC) with typed arguments',
    async () => (await import('./commands/call.js')).call,
  ),
  info: listed(
    'Values',
    'Show the type of PVs, and who serves them',
    async () => (await import('./commands/info.js')).info,
  ),
  list: listed(
    'Servers',
    'List servers, or the PVs of a server',
    async () => (await import('./commands/list.js')).list,
  ),
  serve: listed(
    'Servers',
    'Serve PVs: mailboxes and simulations',
    async () => (await import('./commands/serve.js')).serve,
  ),
  bridge: listed(
    'Servers',
    'PVs for web pages, over WebSockets',
    async () => (await import('../bridge/commands/index.js')).bridge,
  ),
  record: listed(
    'History',
    'Record PVs into files and databases',
    async () => (await import('../record/commands/index.js')).record,
  ),
  history: listed(
    'History',
    'Read back what was recorded',
    async () => (await import('../record/commands/index.js')).history,
  ),
  types: listed(
    'Tools',
    'Write the types of PVs as a TypeScript module',
    async () => (await import('./commands/types.js')).types,
  ),
  completion: listed(
    'Tools',
    'Print what makes a shell complete commands, options and PVs',
    async () => (await import('./commands/completion.js')).completion,
  ),
  config: listed(
    'Tools',
    'Show every setting, its value and where it comes from',
    async () => (await import('./commands/config.js')).config,
  ),
  doctor: listed(
    'Tools',
    'Find out why a PV is not found',
    async () => (await import('./commands/doctor.js')).doctor,
  ),
  'watch-net': listed(
    'Tools',
    'Show searches and beacons as they pass',
    async () => (await import('./commands/watch-net.js')).watchNet,
  ),
  bench: listed(
    'Tools',
    'Measure gets, puts and updates',
    async () => (await import('./commands/bench.js')).bench,
  ),
}
