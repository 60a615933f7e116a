/** What is on the queue: messages that point at jobs, and bodies that never can. */
import { describe, expect, test } from 'vitest'
import { parseJobMessage } from '../../../shared/job/queue.ts'

const message = { project: 'p', stackName: 'web', stackId: 's', jobId: 'j' }

describe('the body of a message', () => {
  test('points at the job of a stack, and knows nothing else of it', () => {
    expect(parseJobMessage(JSON.stringify(message))).toEqual(message)
    expect(parseJobMessage(JSON.stringify({ ...message, secret: 'hunter2' }))).toEqual(message)
  })

  test.each(['', 'no JSON', 'null', '[]', '{}', '"text"', JSON.stringify({ ...message, jobId: 7 }), '{"project":"p"}'])(
    'that is %s is no job, and not an error either: it would only come again',
    (body) => {
      expect(parseJobMessage(body)).toBeUndefined()
    },
  )
})
