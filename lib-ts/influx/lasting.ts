const lasting: object[] = []

/**
 * Keeps one object of a class for ever. V8 throws the compiled code of a class away when a full collection finds no object
 * of it: calls that come once a minute and write 100,000 points each would then run uncompiled every time.
 */
export function keepOne(object: object): void {
  lasting.push(object)
}
