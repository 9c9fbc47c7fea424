// npm run release -- VERSION: makes the tarball to publish in .cache/release/, or says what is missing. It sets the
// version, dates the changelog, runs every check on the very file, and commits. It publishes nothing.
//   npm run release -- VERSION --gate    only what can be told at once
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildAndPack, sizeText } from '../package/pack.mjs'
import { check } from './prebuild.mjs'
import { isCurrent } from '../prebuild/stamp.mjs'
import { fileOf, targets } from '../prebuild/targets.mjs'
import { Failure, node, root, run } from '../project.mjs'

const folder = join(root, '.cache/release')
/** What a release changes in the work tree; nothing else. */
const changed = ['package.json', 'package-lock.json', 'CHANGELOG.md']
const manifest = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const changelog = () => readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout.trimEnd()

const numbers = (version) => version.split('.').map(Number)
function isOlder(version, than) {
  const [a, b] = [numbers(version), numbers(than)]
  const at = a.findIndex((number, i) => number !== b[i])
  return at >= 0 && a[at] < b[at]
}

function versionFaults(version) {
  if (!/^\d+\.\d+\.\d+$/.test(version)) return [`'${version}' is no version such as 1.2.3`]
  const found = []
  if (isOlder(version, manifest().version))
    found.push(`${version} is older than ${manifest().version}, which package.json has`)
  if (git('tag', '--list', `v${version}`) !== '') found.push(`there is a tag v${version} already`)
  const sections = changelog().split(/^## /m)
  const section = sections.find((part) => part.startsWith(`${version} `))
  if (!section) found.push(`CHANGELOG.md has no section '## ${version} (unreleased)'`)
  else if (!section.startsWith(`${version} (unreleased)\n`))
    found.push(
      `CHANGELOG.md has released ${version} already: its section is not '## ${version} (unreleased)'`,
    )
  else if (!/^- /m.test(section)) found.push(`CHANGELOG.md says nothing about ${version}`)
  return found
}

function binaryFaults() {
  const found = []
  for (const target of targets) {
    const again = `(npm run prebuild -- ${target.name})`
    if (!existsSync(fileOf(target))) found.push(`${target.name}: not built ${again}`)
    else if (!isCurrent(target)) found.push(`${target.name}: built from other sources than these ${again}`)
    else found.push(...check(target).map((fault) => `${target.name}: ${fault}`))
  }
  const folders = join(root, 'prebuilds')
  const files = existsSync(folders) ? readdirSync(folders, { recursive: true }) : []
  const ours = targets.map((target) => fileOf(target))
  const strange = files.filter((file) => file.endsWith('.node') && !ours.includes(join(folders, file)))
  return [...found, ...strange.map((file) => `prebuilds/${file} is the binary of no target: delete it`)]
}

function treeFaults() {
  const changes = git('status', '--porcelain')
  return changes === '' ? [] : [`the work tree has changes:\n    ${changes.replaceAll('\n', '\n    ')}`]
}

/** Version and date into the files that say them. */
function writeVersion(version) {
  if (manifest().version !== version)
    run('npm', ['version', version, '--no-git-tag-version', '--silent', '--ignore-scripts'], {
      shell: process.platform === 'win32',
    })
  const date = new Date().toISOString().slice(0, 10)
  writeFileSync(
    join(root, 'CHANGELOG.md'),
    changelog().replace(`## ${version} (unreleased)`, `## ${version} (${date})`),
  )
}

/** Makes the tarball and asks everything of it. A step that fails takes the version back. */
function make(version) {
  let at = ''
  const step = (name, action) => {
    at = name
    console.log(`\n=== ${name}`)
    return action()
  }
  const npm = (...args) => run('npm', ['run', ...args], { shell: process.platform === 'win32' })
  try {
    step('version and changelog', () => writeVersion(version))
    step('lint', () => npm('lint'))
    step('tests', () => run('npm', ['test'], { shell: process.platform === 'win32' }))
    rmSync(folder, { recursive: true, force: true })
    const packed = step('packing', () => buildAndPack(folder))
    step('binaries, run', () => npm('test:prebuilds', '--', '--all'))
    step('tests of the tarball', () => node(['scripts/tests/test-package.mjs', '--tarball', packed.file]))
    step('bundles and runtimes', () => node(['scripts/tests/test-runtimes.mjs', '--tarball', packed.file]))
    step('commit', () => {
      run('git', ['add', ...changed])
      run('git', ['commit', '--quiet', '-m', `release: ${version}`])
    })
    return packed
  } catch (error) {
    git('checkout', 'HEAD', '--', ...changed)
    throw new Failure(
      `the release of ${version} stopped at '${at}': ${error.message}\n` +
        `  Nothing was published or committed; ${changed.join(', ')} are as they were.`,
    )
  }
}

function leftToDo(version, packed) {
  const name = basename(packed.file)
  const { repository } = manifest()
  const toDo = [
    'Load the macOS binaries on a Mac, Intel and Apple, since they were inspected here and never run: install the\n' +
      `     tarball in an empty project there, copy test/package/project/smoke.mjs into it, and run it.`,
    ...(repository
      ? []
      : [
          "Name the repository in package.json ('repository'): npm shows it, and provenance wants it. Release again.",
        ]),
    `git tag v${version} && git push --follow-tags origin HEAD v${version}`,
    `npm publish .cache/release/${name} --provenance --access public, from CI, which has the right to. This file only:\n` +
      '     it was tested, and npm runs none of our checks when it packs a folder itself.',
    'Begin the next section of CHANGELOG.md.',
  ]
  console.log(`\n${name}: ${sizeText(packed)}; it is in .cache/release/. What is left to a person:`)
  toDo.forEach((text, i) => console.log(`  ${i + 1}. ${text}`))
}

const { values, positionals } = parseArgs({ options: { gate: { type: 'boolean' } }, allowPositionals: true })
const [version] = positionals
if (version === undefined)
  throw new Failure(`which version? npm run release -- ${manifest().version}, or a later one`)
const faults = [...treeFaults(), ...versionFaults(version), ...binaryFaults()]
if (faults.length > 0)
  throw new Failure(`${manifest().name} ${version} cannot be released:\n  ${faults.join('\n  ')}`)
if (values.gate) console.log(`nothing stands against ${version}; the tests are still to be run`)
else leftToDo(version, make(version))
