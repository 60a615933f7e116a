/**
 * One JSON line per entry on stdout, which is what CloudWatch Logs Insights reads.
 * Never pass a template, a variable or a state here: entries hold ids, names, counts and times.
 */
export type LogFields = Readonly<Record<string, unknown>>

export interface Log {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** An error as fields that a log line can carry: name, message, stack and the chain of causes. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) }
  return {
    error: error.name,
    errorMessage: error.message,
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
  }
}

/** A log whose every line carries `context`. */
export function createLog(context: LogFields): Log {
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      // Not `console.log`: Lambda's would wrap the line in a record of its own, and hide the metrics in it.
      process.stdout.write(
        `${JSON.stringify({ level, time: new Date().toISOString(), message, ...context, ...fields })}\n`,
      )
  return { info: write('INFO'), warn: write('WARN'), error: write('ERROR') }
}
