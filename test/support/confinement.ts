/** Whether the engines of the tests are confined: where this machine can do it, unless it is told not to. */
import { whyUnconfined } from '../../shared/engine/confinement-probe.ts'

/** Set to run every test as on a machine that cannot confine. */
const refused = process.env.RFS_TEST_UNCONFINED

export const confine = refused === undefined

/** Why tests of confinement cannot run here; undefined when they can. */
export const unconfined = confine ? await whyUnconfined() : 'RFS_TEST_UNCONFINED is set'
