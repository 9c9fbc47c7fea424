// The end of the process on a terminal, which may go before it.
import { closeSync, fstatSync } from 'node:fs'

/**
 * Ends the process.
 *
 * Node then sets a terminal that is open to what it was, and where there is none any more it aborts with a core dump. The
 * terminal may go at any moment, so it is closed in any case, after all that ends a command has set it back.
 */
export function exit(code: number): never {
  process.on('exit', () => {
    for (const fd of [0, 1, 2]) if (isTerminal(fd)) closeSync(fd)
  })
  process.exit(code)
}

/** Whether it is a terminal, or was one: one that is gone is a device that `isatty` does not know any more. */
function isTerminal(fd: number): boolean {
  try {
    return process.platform !== 'win32' && fstatSync(fd).isCharacterDevice()
  } catch {
    return false // it was closed when the program was started
  }
}
