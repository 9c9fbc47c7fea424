import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadAddon } from '../../../lib-ts/native/load.js'
import { onLinux, unless } from '../../needs.js'

const hasGlibc = process.platform === 'linux' && !existsSync('/etc/alpine-release')
const glibc = unless(hasGlibc ? undefined : 'the system has no glibc')

const target = `${process.platform}-${process.arch}`

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'node-pvxs-load-'))
  place('package.json', '{ "name": "node-pvxs" }')
})
afterEach(() => rmSync(root, { recursive: true }))

function place(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}

function failure(): Error {
  try {
    loadAddon({ root })
  } catch (error) {
    return error as Error
  }
  throw new Error('it loaded')
}

describe('loadAddon', () => {
  it('finds its package from node -e, where a global __filename says something else', () => {
    const entry = new URL('../../../dist/index.js', import.meta.url).href
    const program = `import(${JSON.stringify(entry)}).then((m) => console.log(typeof m.version().pvxs))`
    expect(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' })).toBe('string\n')
  })

  it('says that the package has no binaries', () => {
    expect(failure().message).toContain('The package has no binaries')
  })

  it('names what it looked for, what is there, and the build from source', () => {
    place('prebuilds/sunos-mips/node_pvxs.node', '')
    const { message } = failure()
    expect(message).toContain(`There is no prebuilt binary for ${target}.`)
    expect(message).toContain('sunos-mips/node_pvxs.node')
    expect(message).toContain(`Node ${process.version}`)
    expect(message).toContain(`npx cmake-js compile -d "${root}"`)
  })

  it.skipIf(glibc.missing)(glibc.named('says that the prebuilt binary is for another libc'), () => {
    place(`prebuilds/${target}/node_pvxs.other.musl.node`, '')
    expect(failure().message).toContain(`There is no prebuilt binary for ${target} with glibc.`)
  })

  it('says that a prebuilt binary is broken, and what the system said about it', () => {
    place(`prebuilds/${target}/node_pvxs.node`, 'not a library')
    const { message } = failure()
    expect(message).toContain(`There is a prebuilt binary for ${target}, but it does not load.`)
    expect(message).toMatch(/The loader said: .*node_pvxs\.node/)
  })

  it('says that a build from source is broken', () => {
    place('build/Release/node_pvxs.node', 'not a library')
    place(`prebuilds/${target}/node_pvxs.node`, 'not a library')
    expect(failure().message).toContain('A build from source is there, but it does not load')
  })

  it.skipIf(onLinux.missing)(onLinux.named('says that the prebuilt binary is for another processor'), () => {
    place(`prebuilds/${target}/node_pvxs.node`, '\x7fELF\x02\x01\x01'.padEnd(64, '\0'))
    const { message } = failure()
    expect(message).toContain(`There is a prebuilt binary for ${target}, but it does not load.`)
    expect(message).toMatch(/The loader said: .*(ELF|file too short)/)
  })

  it('lists binaries only', () => {
    place('prebuilds/sunos-mips/node_pvxs.node', '')
    place('prebuilds/sunos-mips/node_pvxs.node.sources', '')
    expect(failure().message).not.toContain('.sources')
  })

  it('keeps the cause', () => {
    expect(failure().cause).toBeInstanceOf(Error)
  })
})

describe('a bundle', () => {
  const loader = join(import.meta.dirname, '..', '..', '..', 'lib-ts', 'native', 'load.ts')

  /** What is printed by a bundle of the loader, which runs where the package is not installed. */
  async function printed(...plugins: Plugin[]): Promise<string> {
    const contents = `import { loadAddon } from ${JSON.stringify(loader)}
      try { loadAddon(); console.log('it loaded') } catch (error) { console.log(error.message) }`
    const outfile = join(root, 'out', 'bundle.mjs')
    const stdin = { contents, resolveDir: root }
    await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile, plugins })
    return execFileSync(process.execPath, [outfile], { encoding: 'utf8' })
  }

  const webpack: Plugin = {
    name: 'createRequire as webpack has it',
    setup(building) {
      building.onResolve({ filter: /^node:module$/ }, () => ({ path: 'module', namespace: 'webpack' }))
      building.onLoad({ filter: /./, namespace: 'webpack' }, () => ({
        contents: 'export const createRequire = () => undefined',
      }))
    },
  }

  it.each([
    ['beside the package', 'node-pvxs'],
    ['away from the package', 'app'],
  ])('of webpack without externals, %s: says that it is bundled, and what to write', async (_, name) => {
    place('package.json', `{ "name": "${name}" }`)
    const message = await printed(webpack)
    expect(message).toContain(
      'node-pvxs: webpack has taken it into a bundle. A bundle does not hold the native',
    )
    expect(message).toContain("externals: [/^node-pvxs(\\/|$)/], externalsType: 'node-commonjs'")
    expect(message).not.toContain('cmake-js')
  })

  it('of another bundler, away from the package: says that it is bundled, and what to write', async () => {
    place('package.json', '{ "name": "app" }')
    const message = await printed()
    expect(message).toContain(`its files are not found from ${join(root, 'out', 'bundle.mjs')}`)
    expect(message).toContain('--external:node-pvxs')
    expect(message).not.toContain('cmake-js')
  })
})
