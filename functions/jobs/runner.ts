/**
 * Runs a template's engine and streams what happens. The only function that executes other people's programs, and the only
 * one without any permission: all it may touch comes in its request.
 */
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import type { Writable } from 'node:stream'
import type { Context } from 'aws-lambda'
import type * as z from 'zod/mini'
import { hiddenFolders, singleHostId } from '../../shared/aws/environment.ts'
import { createLog, errorFields, type Log } from '../../shared/aws/log.ts'
import { engineBounds, unsetBounds } from '../../shared/engine/bounded-process.ts'
import { findEngine } from '../../shared/engine/engine-binary.ts'
import { type RunnerLine, RunnerRequest } from '../../shared/engine/protocol.ts'
import { runDeployment } from '../../shared/engine/run-deployment.ts'

/** Where a layer may bring providers, laid out as a filesystem mirror. */
const layerProviders = '/opt/providers'

export const handler = awslambda.streamifyResponse(async (event, stream, context): Promise<void> => {
  const writeLine = lineWriter(stream)
  const request = RunnerRequest.safeParse(event)
  // Lambda announces the end of a sandbox with this signal, if it does; the time is enough to save the state.
  const shutdown = new AbortController()
  const onSignal = () => shutdown.abort()
  process.once('SIGTERM', onSignal)
  try {
    boundsTold ??= tellUnsetBounds(createLog({ function: 'runner' }))
    await boundsTold
    if (request.success) await runDeployment(request.data, writeLine, host(context, shutdown.signal))
    else await refuse(writeLine, request.error)
  } finally {
    process.removeListener('SIGTERM', onSignal)
  }
  stream.end()
})

/** Once for all runs of this sandbox. */
let boundsTold: Promise<void> | undefined

/** A host that does not let a bound be set still runs templates, but nobody should have to find out from a full machine. */
async function tellUnsetBounds(log: Log): Promise<void> {
  try {
    const unset = await unsetBounds(engineBounds)
    if (unset.length > 0) log.warn('this host does not let some bounds of engine processes be set', { unset })
  } catch (error) {
    log.warn('it is not known whether engine processes are bounded', errorFields(error))
  }
}

/** A request of another shape is the caller's fault, and repeating it would not help: it is answered, not thrown. */
async function refuse(writeLine: (line: RunnerLine) => Promise<void>, error: z.core.$ZodError): Promise<void> {
  const message = 'The runner could not read its request.'
  const fields = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.code}`)
  createLog({ function: 'runner' }).error(message, { fields })
  await writeLine({ type: 'event', event: { time: new Date().toISOString(), type: 'ERROR', message } })
  const facts = { stateSaved: false, viewComplete: false, touchedResources: false }
  await writeLine({ type: 'result', outcome: 'failed', message, ...facts })
}

function host(context: Context, shutdown: AbortSignal) {
  return {
    // The one place where a function reads variables that are not settings of the service but of its sandbox.
    findEngine: () => findEngine({ chosen: process.env.RFS_ENGINE, searchPath: process.env.PATH }),
    temporaryFolder: tmpdir(),
    // A sandbox has one run at a time; on a machine where all functions live together there may be several.
    alone: singleHostId() === undefined,
    providerMirror: layerProviders,
    hiddenFolders: hiddenFolders(),
    hardStopAtMs: Date.now() + context.getRemainingTimeInMillis(),
    shutdown,
    now: Date.now,
    log: createLog({ function: 'runner', requestId: context.awsRequestId }),
  }
}

/**
 * Lines that come within this time of the last ones that left leave together: each part of the answer costs far more than its
 * bytes do. A line after a pause leaves at once, since what has not left is lost when this host dies.
 */
const gatherMs = 25
const mostGathered = 2 * 1024

/**
 * Writes JSON lines, gathered for a moment, and waits while the reader is slow. The result and all before it leave at once.
 * Rejects once the stream has ended or failed.
 */
function lineWriter(stream: Writable): (line: RunnerLine) => Promise<void> {
  let failure: Error | undefined
  const gone = new AbortController()
  const fail = (error?: Error) => {
    failure ??= error ?? new Error('the answer was closed by its reader')
    gone.abort(failure)
  }
  stream.once('error', fail)
  stream.once('close', () => fail())
  let gathered = ''
  let timer: NodeJS.Timeout | undefined
  let sentAtMs = 0
  const send = () => {
    clearTimeout(timer)
    timer = undefined
    sentAtMs = Date.now()
    if (!failure) stream.write(gathered)
    gathered = ''
  }
  return async (line) => {
    if (failure) throw failure
    gathered += `${JSON.stringify(line)}\n`
    if (line.type === 'result' || gathered.length >= mostGathered) send()
    else timer ??= setTimeout(send, Math.max(0, sentAtMs + gatherMs - Date.now()))
    if (stream.writableNeedDrain) await once(stream, 'drain', { signal: gone.signal })
  }
}
