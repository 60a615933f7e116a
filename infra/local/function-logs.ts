/** Writes what functions print to `<folder>/<function>.log`. */
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'

export type FunctionLogs = {
  write(functionName: string, line: string): void
  /** Settles when every line is in its file. */
  close(): Promise<void>
}

export function openFunctionLogs(folder: string): FunctionLogs {
  mkdirSync(folder, { recursive: true })
  const files = new Map<string, WriteStream>()
  const fileOf = (functionName: string) => {
    const file = files.get(functionName) ?? createWriteStream(join(folder, `${functionName}.log`), { flags: 'a' })
    files.set(functionName, file)
    return file
  }
  return {
    write: (functionName, line) => void fileOf(functionName).write(`${new Date().toISOString()} ${line}\n`),
    close: async () => {
      await Promise.all([...files.values()].map((file) => new Promise<void>((resolve) => file.end(resolve))))
    },
  }
}
