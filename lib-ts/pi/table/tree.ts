import type { PiRequest } from '../request.js'
import type { CallOptions } from '../options.js'
import type { Actions } from './actions.generated.js'
import { actionsOf, controllerNames, type Action } from './parse.js'
import type { AnswerOf, Argument } from './row.js'

type Parameters<R, O> =
  Partial<Argument<R>> extends Argument<R>
    ? [args?: Argument<R>, options?: O]
    : [args: Argument<R>, options?: O]

/** What a builder takes beside the parameters. */
export type BuildOptions = Pick<CallOptions, 'query'>

/** A typed method for each action of each controller. */
export type Controllers = {
  readonly [C in keyof Actions]: {
    readonly [A in keyof Actions[C]]: (
      ...args: Parameters<Actions[C][A], CallOptions>
    ) => Promise<AnswerOf<Actions[C][A]>>
  }
}

/** The same tree; its methods send nothing. */
export type Builders = {
  readonly [C in keyof Actions]: {
    readonly [A in keyof Actions[C]]: (...args: Parameters<Actions[C][A], BuildOptions>) => PiRequest
  }
}

/** The controllers as objects whose methods are made when they are first asked for. */
export function plantTree(
  call: (action: Action, args: unknown, options: unknown) => unknown,
  onto: object,
): object {
  for (const controller of controllerNames) {
    Object.defineProperty(onto, controller, {
      configurable: true,
      enumerable: true,
      get: () => {
        const methods: Record<string, unknown> = {}
        for (const [name, action] of actionsOf(controller))
          methods[name] = (args: unknown, options: unknown) => call(action, args, options)
        Object.defineProperty(onto, controller, { value: Object.freeze(methods), enumerable: true })
        return methods
      },
    })
  }
  return onto
}
