// What the programs on other hosts share: they do what they are told by messages `{ id, what, args }`, and answer.
export function act(deeds) {
  process.on('message', async ({ id, what, args }) => {
    try {
      process.send({ id, result: what === 'ready' ? null : await deeds[what](...args) })
    } catch (error) {
      process.send({ id, failure: `${what}: ${error?.stack ?? error}` })
    }
  })
  process.on('disconnect', () => process.exit())
}
