// Loaded before a program that is measured: at its end it writes what it used to file descriptor 3.
const { writeSync } = require('node:fs')

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  writeSync(3, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1_000, megabytes: maxRSS / 1_024 }))
})
