// What the commands of other rooms are made of: declarations, readers of options, what a command works with.
export type { CommandContext } from './context.js'
export { oneOf, toggle, UsageError, valued, type Command } from './declare.js'
export { DONE, REFUSED, TIMED_OUT, USAGE } from './failures.js'
export { checkedName, namesOf, textOf } from './names.js'
export * as options from './options.js'
export { integer, interval, text } from './readers.js'
