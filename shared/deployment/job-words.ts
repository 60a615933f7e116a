/** What the events of a stack say about the beginning and the end of its jobs. */
import type { JobKind } from '../stack/lifecycle.ts'

interface JobWords {
  readonly begin: string
  readonly succeed: string
  /** A colon and the reason follow. */
  readonly fail: string
}

export const jobWords: Readonly<Record<JobKind, JobWords>> = {
  deploy: { begin: 'Deployment started.', succeed: 'Deployment succeeded.', fail: 'Deployment failed' },
  rollback: { begin: 'Rollback started.', succeed: 'Rollback succeeded.', fail: 'Rollback failed' },
  delete: { begin: 'Deletion started.', succeed: 'All resources are deleted.', fail: 'Deletion failed' },
  forget: {
    begin: 'Deletion started; all resources are retained.',
    succeed: 'The resources are retained.',
    fail: 'Deletion failed',
  },
}
