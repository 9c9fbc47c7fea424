// How the whole suite is built and run, for the commands that do it.
import { build } from '../commands/build.mjs'
import { bin } from '../project.mjs'

export const buildSuite = () => build(['native', 'core_tests', 'ts'])

/** Node's arguments for one run; `words` go to vitest: files, folders, `-t` and a name. */
export const suite = (words) => [
  bin('vitest', 'vitest.mjs'),
  'run',
  ...(words.length > 0 ? words : ['--typecheck']),
]
