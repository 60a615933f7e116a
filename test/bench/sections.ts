/** Every section of the benchmark, in the order in which they run and are printed. */
import { calls } from './calls.ts'
import { cold } from './cold.ts'
import { commands } from './commands.ts'
import { confinement } from './confinement.ts'
import { deploy } from './deploy.ts'
import { growth } from './growth.ts'
import { load } from './load.ts'
import type { Section } from './section.ts'
import { software } from './software.ts'
import { throughput } from './throughput.ts'

export const sections: readonly Section[] = [
  deploy,
  throughput,
  confinement,
  commands,
  load,
  growth,
  cold,
  calls,
  software,
]
