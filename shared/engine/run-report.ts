/**
 * What a run tells its caller while the engine works, and what it has to remember of it for the result.
 * Every message leaves through here, so that none names a path of the runner, none holds a secret that is known by then,
 * and none is longer than the API allows.
 */

import { boundedMessage } from './bounded-message.ts'
import { diagnosticSentence } from './diagnostics.ts'
import { beginsChange, engineEvent } from './engine-events.ts'
import { redactLine } from './line-redaction.ts'
import { type KnownLine, parseLogLine } from './log-lines.ts'
import type { EngineEvent, EventResource, RunnerLine } from './protocol.ts'
import { type Redaction, redaction } from './redaction.ts'

/** Thrown when the caller has gone; there is nobody left to tell. */
export class AnswerBroken extends Error {}

export interface ReportOptions {
  /** Passes one line on; waits while the caller is slow, rejects when it has gone. */
  readonly emit: (line: RunnerLine) => void | Promise<void>
  /** Replaces internal paths in a message. */
  readonly hidePaths: (message: string) => string
  readonly now: () => number
}

export interface RunFindings {
  touchedResources: boolean
  /** The engine's first error as one sentence. */
  firstError: string | undefined
  /** A resource or the configuration had failed before the engine was asked to stop. */
  failedBeforeInterrupt: boolean
  /** Text that the engine wrote besides its log, the last lines of it; explains failures that have no diagnostic. */
  plainText: string[]
}

export interface RunReport {
  readonly findings: Readonly<RunFindings>
  /** A new command of the engine begins: plain text of the one before explains nothing any more. */
  beginCommand(): void
  /** One line of the engine's output. */
  engineLine(text: string, interrupted: boolean): Promise<void>
  /** @param resource that the message is about, if it is about one */
  log(message: string, resource?: EventResource): Promise<void>
  error(message: string, resource?: EventResource): Promise<void>
  emit(line: RunnerLine): Promise<void>
  /** A message as it may leave: without internal paths and known secrets, bounded. */
  clean(message: string): string
  /** From here on, these texts are masked in all messages. */
  learn(secrets: Iterable<string>): void
}

/** LOG events of one run, at most: a provisioner that writes without end must not fill the stack's history. */
const maxLogEvents = 5_000
const plainTextLines = 20

export function createReport({ emit, hidePaths, now }: ReportOptions): RunReport {
  const findings: RunFindings = {
    touchedResources: false,
    firstError: undefined,
    failedBeforeInterrupt: false,
    plainText: [],
  }
  let logEvents = 0
  let versionSeen = false
  let lastTime = ''

  const secrets = new Set<string>()
  let redact: Redaction = redaction(secrets)

  // Paths first: a secret that is part of one must not keep it from being found.
  const clean = (message: string) => boundedMessage(redact.message(hidePaths(message)))
  const send = async (line: RunnerLine) => {
    try {
      await emit(redactLine(line, redact.message))
    } catch (error) {
      throw new AnswerBroken('the caller of the runner has gone', { cause: error })
    }
  }
  /** Some lines of `init` have whole seconds only: they must not seem older than what came before them. */
  const inOrder = (time: string) => {
    if (time > lastTime) lastTime = time
    return lastTime
  }
  const sendEvent = async (event: EngineEvent) => {
    if (event.type === 'LOG') {
      logEvents += 1
      if (logEvents > maxLogEvents) return
      if (logEvents === maxLogEvents) return sendOwn('LOG', 'There are too many log lines; further ones are left out.')
    }
    await sendCleaned(event)
  }
  const sendCleaned = async (event: EngineEvent) => {
    const { resource } = event
    const idValue = redact.value(resource?.idValue)
    await send({
      type: 'event',
      event: {
        ...event,
        time: inOrder(event.time),
        message: clean(event.message),
        ...(resource && typeof idValue === 'string' ? { resource: { ...resource, idValue } } : {}),
      },
    })
  }
  const sendOwn = (type: 'LOG' | 'ERROR', message: string, resource?: EventResource) =>
    sendCleaned({ time: new Date(now()).toISOString(), type, message, ...(resource ? { resource } : {}) })

  const engineLine = async (text: string, interrupted: boolean) => {
    const line = parseLogLine(text)
    if (line.type === 'other') return notePlainText(findings, line.text)
    if (line.type === 'version' && versionSeen) return
    versionSeen ||= line.type === 'version'
    // What the engine says about its own interruption is not the stack's business; the result explains it.
    if (interrupted && line.type === 'log') return
    const halted = interrupted && !findings.failedBeforeInterrupt
    if (!halted) noteFailure(findings, line, clean)
    if (beginsChange(line)) findings.touchedResources = true
    const event = engineEvent(line)
    if (event) await sendEvent(halted && event.type === 'ERROR' ? { ...event, type: 'LOG' } : event)
  }

  return {
    findings,
    beginCommand: () => {
      findings.plainText = []
    },
    engineLine,
    log: (message, resource) => sendOwn('LOG', message, resource),
    error: (message, resource) => sendOwn('ERROR', message, resource),
    emit: send,
    clean,
    learn: (more) => {
      const before = secrets.size
      for (const secret of more) secrets.add(secret)
      if (secrets.size > before) redact = redaction(secrets)
    },
  }
}

function noteFailure(findings: RunFindings, line: KnownLine, clean: (message: string) => string): void {
  if (line.type === 'apply_errored') findings.failedBeforeInterrupt = true
  if (line.type !== 'diagnostic' || line.diagnostic.severity !== 'error') return
  findings.failedBeforeInterrupt = true
  findings.firstError ??= clean(diagnosticSentence(line.diagnostic))
}

function notePlainText(findings: RunFindings, text: string): void {
  if (text.trim() === '' || text.startsWith('{')) return
  findings.plainText.push(text)
  if (findings.plainText.length > plainTextLines) findings.plainText.shift()
}
