export function debian(name: string, program: string): Promise<string>
export function hasDebian(name: string): boolean
