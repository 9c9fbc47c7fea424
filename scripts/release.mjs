// npm run release: makes the tarball to publish in .cache/release/, or says what is missing. It publishes nothing.
//   --gate    only the checks
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { check } from './prebuild.mjs'
import { fileOf, targets } from './prebuild/targets.mjs'
import { Failure, root, run } from './project.mjs'

const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout.trim()

function faults() {
  const found = targets.flatMap((target) => check(target).map((fault) => `${target.name}: ${fault}`))
  const built = targets.filter((target) => existsSync(fileOf(target)))
  const listed = readdirSync(root).includes('prebuilds')
    ? readdirSync(join(root, 'prebuilds'), { recursive: true })
    : []
  const binaries = listed.filter((file) => file.endsWith('.node')).length
  if (binaries !== built.length)
    found.push('prebuilds/ has binaries that are no target: run npm run clean, then prebuild')
  const changes = git('status', '--porcelain')
  if (changes !== '') found.push(`the work tree has changes:\n    ${changes.replaceAll('\n', '\n    ')}`)
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
  const heading = changelog.split('\n').find((line) => line.startsWith(`## ${version}`))
  if (!heading) found.push(`CHANGELOG.md has no section for ${version}`)
  else if (/unreleased/i.test(heading))
    found.push(`CHANGELOG.md still calls ${version} unreleased: give it a date`)
  return found
}

const missing = faults()
if (missing.length > 0) throw new Failure(`${name} ${version} cannot be released:\n  ${missing.join('\n  ')}`)
if (!process.argv.includes('--gate')) {
  run('npm', ['run', 'lint'])
  run('npm', ['test'])
  run('npm', ['run', 'test:prebuilds'])
  run('npm', ['run', 'test:package'])
  const folder = join(root, '.cache/release')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  run(process.execPath, [join(root, 'scripts/package/prepare.mjs')])
  run('npm', ['pack', '--silent', '--pack-destination', folder])
  console.log(`
${readdirSync(folder)[0]} is in .cache/release/. What is left to a person:
  1. Load the macOS binaries on a Mac, Intel and Apple (node test/package/smoke.mjs in a project with the tarball):
     they were inspected here, and never run.
  2. git tag v${version} && git push --tags
  3. npm publish .cache/release/${readdirSync(folder)[0]} --provenance, from CI, which has the right to. Only this file:
     it was checked, and npm runs no checks of ours when it packs the folder itself.`)
}
