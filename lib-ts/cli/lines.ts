// Updates as they come, as text on stdout.
import { escapeLine } from '../input/index.js'
import type { CommandContext } from './context.js'
import type { Connection, Watcher } from './follow.js'
import * as options from './options.js'
import type { Formatter } from './output/formats.js'
import { jsonText } from './output/json.js'
import { isoText, timeText } from './output/times.js'

/** `events`: connections are data too. */
export function linesOf(context: CommandContext, format: Formatter, events: boolean): Watcher {
  const style = context.settings.of(options.time) ?? 'local'
  const nanoseconds = ({ time }: Connection): bigint => BigInt(time.getTime()) * 1_000_000n
  const textOf = (name: string, event: Connection): string => {
    const peer = event.type === 'connected' ? ` to ${event.peer}` : ''
    const time = style === 'none' ? '' : `${timeText(nanoseconds(event), style)} `
    return `${time}${escapeLine(`${name} ${event.type}${peer}`)}\n`
  }
  return {
    update: (name, value, sent) => {
      try {
        return context.stdout.write(format.reading({ name, value, update: true, ...(sent && { sent }) }))
      } catch (error) {
        context.failed(name, error, false)
        return undefined
      }
    },
    connection: (name, event, first) => {
      if (!events) {
        if (!first && event.type !== 'finished') context.talk(textOf(name, event))
        return undefined
      }
      const { type, ...rest } = event
      const text = format.isJson
        ? jsonText({ name, event: type, ...rest, time: isoText(nanoseconds(event)) })
        : textOf(name, event)
      return context.stdout.write(text)
    },
    failed: (name, error) => void context.stdout.write(format.failure(name, error)),
  }
}
