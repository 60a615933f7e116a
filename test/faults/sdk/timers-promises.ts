/** Takes the place of `node:timers/promises` for the service in simulated worlds: pauses in the world's time. */
import { pause } from '../simulation/actor.ts'

/** As far as the service uses it: a pause, and nothing that ends it early. */
export const setTimeout = (milliseconds: number): Promise<void> => pause(milliseconds)
