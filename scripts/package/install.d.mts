/** Path of that program of a tool of npm at this version, which is installed first when it is not there. */
export function npmTool(name: string, version: string, program: string): string
