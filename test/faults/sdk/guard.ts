/** Takes the place of `shared/auth/guard.ts` in simulated worlds: who calls is not what they are about. */
export { openToAll as openGuard } from '../../support/open-guard.ts'
