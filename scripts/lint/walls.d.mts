import type { Rule } from 'eslint'
export const walls: Rule.RuleModule
export const browserRooms: readonly string[]
