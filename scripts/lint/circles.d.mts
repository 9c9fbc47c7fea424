export function circles(options?: { types: boolean }): string[][]
