// The platforms that are shipped as binaries, and how each is built from a Linux machine.
import { join } from 'node:path'
import { root } from '../project.mjs'

const linux = (arch, cpu, libc) => ({
  name: libc === 'musl' ? `linux-${arch}-musl` : `linux-${arch}`,
  platform: 'linux',
  arch,
  libc,
  format: 'elf',
  zig: libc === 'musl' ? `${cpu}-linux-musl` : `${cpu}-linux-gnu.2.17`,
})
const darwin = (arch, cpu) => ({
  name: `darwin-${arch}`,
  platform: 'darwin',
  arch,
  format: 'macho',
  zig: `${cpu}-macos.11.0`,
})

export const targets = [
  linux('x64', 'x86_64', 'glibc'),
  linux('arm64', 'aarch64', 'glibc'),
  linux('x64', 'x86_64', 'musl'),
  linux('arm64', 'aarch64', 'musl'),
  { name: 'win32-x64', platform: 'win32', arch: 'x64', format: 'pe', mingw: 'x86_64-w64-mingw32' },
  darwin('x64', 'x86_64'),
  darwin('arm64', 'aarch64'),
]

/** Where a target's binary lies, as node-gyp-build looks for it. */
export const fileOf = ({ platform, arch, libc }) =>
  join(root, 'prebuilds', `${platform}-${arch}`, ['node_pvxs', libc, 'node'].filter(Boolean).join('.'))

/** The build folder of a target. */
export const folderOf = ({ name }) => join(root, '.cache/prebuild', name)
