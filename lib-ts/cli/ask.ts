// A question on the terminal.
import { createInterface } from 'node:readline'
import type { CommandContext } from './context.js'

/** Whether the user answers yes. The end of the terminal, and everything else, is no. */
export async function asked(context: CommandContext, text: string): Promise<boolean> {
  const { signal, stderr } = context
  // Written by us and not by readline, which would colour and move the cursor.
  await stderr.write(`${text}Send? [y/N] `)
  const lines = createInterface({ input: process.stdin })
  try {
    return await new Promise<boolean>((resolve, reject) => {
      lines.once('line', (line) => resolve(/^\s*y(es)?\s*$/i.test(line)))
      lines.once('close', () => resolve(false))
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
  } finally {
    lines.close()
  }
}
