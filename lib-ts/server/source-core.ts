import { environment, whenForgotten, type Environment } from '../native/index.js'
import { dispatcher } from './dispatcher.js'

/** The inside of a source: what the addon knows by its id. */
export abstract class SourceCore {
  readonly env: Environment = environment()
  readonly id: number = this.env.newId()

  constructor(dynamic: boolean) {
    const { env, id } = this
    env.watchExit()
    env.addon.sourceNew(id, dynamic)
    whenForgotten(this, { env, id }, free)
  }

  /** A running server begins, or stops, to serve it. */
  abstract served(on: boolean): void
}

function free({ env, id }: { readonly env: Environment; readonly id: number }): void {
  dispatcher().sources.delete(id)
  env.addon.sourceFree(id)
}
