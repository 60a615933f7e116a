/** What the simulated engine does with one resource: told before and after, done in the outside world in between. */
import { call, mustBeActor } from './actor.ts'
import { type EngineRun, report, resourceOf, work } from './engine-run.ts'
import { type Operation, type StateResource, withoutResource, withResource } from './engine-state.ts'
import { addressOf, type TemplateResource } from './template.ts'

/** `killed`: the engine was ended while it waited. */
export type OperationEnd = 'done' | 'failed' | 'killed'

async function create(run: EngineRun, wanted: TemplateResource): Promise<OperationEnd> {
  const { outside } = run.services
  const address = addressOf(wanted)
  report(run, 'CREATION_IN_PROGRESS', `${address}: Creating...`, resourceOf(wanted))
  run.touched = true
  const inTime = await work(run, wanted.seconds)
  if (outside.fails(`${run.stackId} ${address} ${wanted.input}`, wanted.failures)) {
    report(run, 'CREATION_FAILED', `${address}: Creation errored`, resourceOf(wanted))
    report(run, 'ERROR', `${address} cannot be made yet`, resourceOf(wanted))
    return 'failed'
  }
  const madeBy = mustBeActor('the engine').name
  const make = () => outside.create({ stackId: run.stackId, address, madeBy, input: wanted.input })
  if (!inTime) {
    // The cloud may have got the request of an engine that was killed while it waited for the answer.
    await call({
      label: `create ${address}, unheard`,
      effect: () => (run.services.world.random.chance(0.5) ? make() : undefined),
    })
    return 'killed'
  }
  const { id } = await call({ label: `create ${address}`, effect: make, shown: (made) => made.id })
  const { type, name, input, stuck } = wanted
  run.state = withResource(run.state, { type, name, id, input, stuck })
  report(run, 'CREATION_COMPLETE', `${address}: Creation complete [id=${id}]`, resourceOf(wanted, id))
  return 'done'
}

async function update(run: EngineRun, wanted: TemplateResource, present: StateResource): Promise<OperationEnd> {
  const address = addressOf(wanted)
  report(run, 'UPDATE_IN_PROGRESS', `${address}: Modifying...`, resourceOf(wanted, present.id))
  run.touched = true
  if (!(await work(run, wanted.seconds))) return 'killed'
  await call({ label: `update ${address}`, effect: () => run.services.outside.update(present.id, wanted.input) })
  run.state = withResource(run.state, { ...present, input: wanted.input, stuck: wanted.stuck })
  report(run, 'UPDATE_COMPLETE', `${address}: Modifications complete`, resourceOf(wanted, present.id))
  return 'done'
}

async function remove(run: EngineRun, present: StateResource, seconds: number): Promise<OperationEnd> {
  const address = addressOf(present)
  report(run, 'DELETION_IN_PROGRESS', `${address}: Destroying...`, resourceOf(present, present.id))
  run.touched = true
  if (!(await work(run, seconds))) return 'killed'
  if (run.services.outside.fails(`${present.id} deletion`, present.stuck)) {
    report(run, 'DELETION_FAILED', `${address}: Destruction errored`, resourceOf(present, present.id))
    report(run, 'ERROR', `${address} cannot be deleted yet`, resourceOf(present, present.id))
    return 'failed'
  }
  await call({ label: `delete ${address} ${present.id}`, effect: () => run.services.outside.delete(present.id) })
  run.state = withoutResource(run.state, present.id)
  report(run, 'DELETION_COMPLETE', `${address}: Destruction complete`, resourceOf(present, present.id))
  return 'done'
}

export function carryOut(run: EngineRun, operation: Operation): Promise<OperationEnd> {
  if (operation.kind === 'create') return create(run, operation.wanted)
  if (operation.kind === 'update') return update(run, operation.wanted, operation.present)
  return remove(run, operation.present, operation.seconds)
}
