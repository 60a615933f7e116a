/** The invariants: what holds in every schedule, whatever goes wrong in it. */

export const invariants = {
  ended:
    'every stack and plan reaches a final state within two hours of the last trouble, and every stack can then be deleted',
  oneWriter:
    'the record of a job is written by the one worker that holds its claim, and claimed when nobody else can be at work',
  acknowledged:
    "a message is acknowledged when its job has ended, was handed on, or is somebody else's, and not before",
  known:
    'what the engine reported as made, and the events say so, is in the state, or named with its id by an ERROR event',
  madeOnce: 'nothing that was saved, or that events say was made, is made a second time where it can be taken over',
  events: 'the events of a deployment are complete, in order and without duplicates, and end as the deployment did',
  oneEffect: 'an accepted command takes effect and ends; a repetition while it is at work has the first answer',
  expired: 'no plan is carried out that was made before the last deployment, or on another state',
  storage: 'counts are never too low, no record points to a missing blob, nothing of a deleted stack is left',
  answers: 'no request is answered by a server error while nothing goes wrong',
} as const

export type InvariantName = keyof typeof invariants
