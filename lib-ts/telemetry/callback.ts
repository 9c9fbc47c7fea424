/** Runs a user's callback. What it throws becomes an uncaught exception of the process and stops nothing here. */
export function surfacing(call: () => unknown): void {
  try {
    const result = call()
    if (result instanceof Promise) result.catch(rethrow)
  } catch (error) {
    rethrow(error)
  }
}

function rethrow(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}
