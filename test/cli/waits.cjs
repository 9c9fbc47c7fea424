// Loaded before a program whose time is looked at: at its end it writes for how many ms it waited. What it computed, and
// what the system made it wait for a processor, is left out, so that a busy machine changes nothing.
const { readFileSync, writeFileSync } = require('node:fs')

process.on('exit', () => {
  const [ran, ready] = readFileSync('/proc/self/schedstat', 'utf8').split(' ')
  writeFileSync(process.env['WAITS'], String(performance.now() - (Number(ran) + Number(ready)) / 1e6))
})
