/** Every section of the benchmark, in the order in which they run and are printed. */
import { cold } from './cold.ts'
import { commands } from './commands.ts'
import { deploy } from './deploy.ts'
import type { Section } from './section.ts'
import { software } from './software.ts'

export const sections: readonly Section[] = [deploy, commands, cold, software]
