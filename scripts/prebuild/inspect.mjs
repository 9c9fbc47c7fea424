// What a shipped binary needs, offers and weighs; told by binutils, and for macOS by reading it ourselves.
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { Failure } from '../project.mjs'
import { machO } from './macho.mjs'

const LIMIT_BYTES = 4 * 1024 * 1024
const OUR_EXPORTS = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']
/**
 * What else a binary for macOS exports, for which zig's linker knows no list of exports: C++'s operators new and delete,
 * which are weak and shared by all images of a process; two names that the linker makes; a variable of libCom.
 */
const macosExports = /^(_Zn[aw]m|_Zd[al]Pv)|^(_mh_dylib_header|__dso_handle|pvar_int_atExitDebug)$/
/** GLIBC_2.17, RHEL 7: older than any system that a supported Node runs on. */
const GLIBC_MINOR_LIMIT = 17

const systemLibraries = {
  elf: /^(lib(c|m|rt|dl|pthread)\.so(\.\d+)?|ld-linux[-\w]*\.so\.\d+)$/,
  pe: /^(KERNEL32|ADVAPI32|WS2_32|IPHLPAPI|USER32|SHELL32|NETAPI32|bcrypt|dbghelp|msvcrt|NODE)\.(dll|EXE)$/i,
  macho: /^\/usr\/lib\/libSystem\.B\.dylib$/,
}

const packageOf = { readelf: 'binutils', 'x86_64-w64-mingw32-objdump': 'binutils-mingw-w64-x86-64' }

function output(command, ...args) {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (done.error?.code === 'ENOENT')
    throw new Failure(`${command} is missing (Debian, Ubuntu: apt install ${packageOf[command]})`)
  if (done.status !== 0)
    throw new Failure(`${command} ${args.join(' ')}: ${done.error?.message ?? done.stderr}`)
  return done.stdout
}
const all = (text, pattern) => [...text.matchAll(pattern)].map(([, found]) => found)

function elf(file) {
  const symbols = output('readelf', '--dyn-syms', '--wide', file).split('\n')
  const glibc = all(output('readelf', '--version-info', '--wide', file), /GLIBC_2\.(\d+)/g)
  return {
    needs: all(output('readelf', '--dynamic', '--wide', file), /\(NEEDED\)[^[]*\[([^\]]+)\]/g),
    exports: all(
      symbols.filter((line) => !/ UND /.test(line)).join('\n'),
      / (?:GLOBAL|WEAK) +DEFAULT +\d+ (\S+)/g,
    ),
    // libc++ is inside, so no C++ symbol may be left to be found elsewhere.
    undefinedCpp: all(symbols.join('\n'), / UND (_Z\S+)/g),
    glibcMinor: Math.max(0, ...glibc.map(Number)),
  }
}

function pe(file) {
  const text = output('x86_64-w64-mingw32-objdump', '-p', file)
  const exportTable = text.slice(text.indexOf('[Ordinal/Name Pointer] Table') + 1)
  return {
    needs: all(text, /DLL Name: (\S+)/g),
    exports: all(
      exportTable.slice(0, exportTable.indexOf('\n\n')),
      /^\t\[ *\d+\] (?:\+base\[ *\d+\] +[0-9a-f]+ )?(\S+)$/gm,
    ),
  }
}

/** Facts about one binary, and what is wrong with it. */
export function inspect(file, target) {
  const read = { elf, pe, macho: (path) => machO(readFileSync(path)) }[target.format]
  const facts = { size: statSync(file).size, ...read(file) }
  const faults = []
  if (facts.size > LIMIT_BYTES) faults.push(`${facts.size} bytes, more than ${LIMIT_BYTES}`)
  const foreign = facts.needs.filter((name) => !systemLibraries[target.format].test(name))
  if (foreign.length > 0) faults.push(`needs ${foreign.join(', ')}`)
  const known = (name) => target.format === 'macho' && macosExports.test(name)
  const exports = facts.exports.filter((name) => !known(name)).sort()
  if (exports.join() !== OUR_EXPORTS.join()) {
    faults.push(`exports ${exports.length} symbols: ${exports.slice(0, 5).join(', ')} …`)
  }
  if (facts.undefinedCpp?.length > 0)
    faults.push(`does not define ${facts.undefinedCpp.slice(0, 3).join(', ')}`)
  if (target.libc === 'glibc' && facts.glibcMinor > GLIBC_MINOR_LIMIT)
    faults.push(`needs GLIBC_2.${facts.glibcMinor}`)
  return { facts, faults }
}
