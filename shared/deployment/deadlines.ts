/** The times of one delivery. */
export interface Deadlines {
  /** The worker's host ends then; nobody may take the job over before. */
  readonly leaseUntil: Date
  /** The engine must have stopped by then, so that the outcome can still be committed. */
  readonly stopAt: Date
}
