// What `get --json` of a large array is compared with: JSON.stringify of as many floats, which wait in an array. Prints ms.
const size = Number(process.argv[2])
const floats = Array.from({ length: size }, (_, k) => Math.sin((2 * Math.PI * k) / size))
const cpu = process.cpuUsage()
const begin = performance.now()
JSON.stringify(floats)
const wall = performance.now() - begin
const { user, system } = process.cpuUsage(cpu)
console.log(JSON.stringify({ wall, cpu: (user + system) / 1_000 }))
