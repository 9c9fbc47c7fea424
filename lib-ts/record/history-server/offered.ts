import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from '../../server/index.js'
import type { History } from '../../telemetry/index.js'
import { RetrievalPaths } from './http.js'
import { HistoryService, type ServiceOptions } from './rpc.js'

/** A history for the server and the HTTP of somebody else. */
export class OfferedHistory {
  readonly services: readonly string[]
  readonly #service: HistoryService
  readonly #paths: RetrievalPaths
  #server: Server | undefined

  constructor(store: History, options: ServiceOptions) {
    this.#service = new HistoryService(store, options)
    this.#paths = new RetrievalPaths(store, options)
    this.services = [...this.#service.pvs.keys()]
  }

  /** @throws InvalidArgumentError when a name is taken; none of them stays then */
  addTo(server: Server): void {
    const added: string[] = []
    try {
      for (const [name, pv] of this.#service.pvs) {
        server.addPV(name, pv)
        added.push(name)
      }
    } catch (error) {
      for (const name of added) server.removePV(name)
      throw error
    }
    this.#server = server
  }

  /** Answers a request; false when it is not ours: nothing was written then. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    return this.#paths.handle(request, response)
  }

  /** Ends what is being answered, and takes the names away. */
  close(): void {
    for (const name of this.services) this.#server?.removePV(name)
    this.#service.close()
    this.#paths.close()
  }
}
