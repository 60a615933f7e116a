/** The part of dynalite that the local runtime uses; the package brings no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http'

  export type DynaliteOptions = {
    /** Folder of the LevelDB store; absent: everything is kept in memory. */
    path?: string
    createTableMs?: number
    updateTableMs?: number
    deleteTableMs?: number
  }
  export default function dynalite(options?: DynaliteOptions): Server
}
