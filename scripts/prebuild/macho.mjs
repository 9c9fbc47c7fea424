// Reads what inspect.mjs asks of a 64-bit Mach-O file: its libraries, exported symbols, oldest macOS and signature.
// No tool on Linux does it without LLVM.

const LC = { SYMTAB: 0x2, LOAD_DYLIB: 0xc, ID_DYLIB: 0xd, CODE_SIGNATURE: 0x1d, BUILD_VERSION: 0x32 }
const HEADER_BYTES = 32
const SYMBOL_BYTES = 16
const N_STAB = 0xe0
const N_TYPE = 0x0e
const N_EXT = 0x01
const N_PRIVATE_EXTERNAL = 0x10

const text = (file, at) => file.toString('latin1', at, file.indexOf(0, at))

/** Defined external symbols, without the underscore that the format puts before each. */
function exportsOf(file, command) {
  const [symbols, count, strings] = [8, 12, 16].map((offset) => file.readUInt32LE(command + offset))
  const names = []
  for (let i = 0; i < count; i++) {
    const at = symbols + i * SYMBOL_BYTES
    const type = file.readUInt8(at + 4)
    const external = (type & N_EXT) !== 0 && (type & N_PRIVATE_EXTERNAL) === 0
    const defined = (type & N_STAB) === 0 && (type & N_TYPE) !== 0
    if (external && defined) names.push(text(file, strings + file.readUInt32LE(at)).replace(/^_/, ''))
  }
  return names
}

export function machO(file) {
  if (file.readUInt32LE(0) !== 0xfeedfacf) throw new Error('not a 64-bit Mach-O file')
  const facts = { needs: [], exports: [], id: undefined, macos: undefined, signed: false }
  let at = HEADER_BYTES
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    const command = file.readUInt32LE(at)
    if (command === LC.LOAD_DYLIB) facts.needs.push(text(file, at + file.readUInt32LE(at + 8)))
    else if (command === LC.ID_DYLIB) facts.id = text(file, at + file.readUInt32LE(at + 8))
    else if (command === LC.SYMTAB) facts.exports = exportsOf(file, at)
    else if (command === LC.CODE_SIGNATURE) facts.signed = true
    else if (command === LC.BUILD_VERSION)
      facts.macos = `${file.readUInt16LE(at + 14)}.${file.readUInt8(at + 13)}`
    at += file.readUInt32LE(at + 4)
  }
  return facts
}
