/**
 * Takes the place of `@aws-sdk/client-dynamodb` in simulated worlds: the real commands and errors, and a client whose calls
 * go to the world's table. What it answers is what arrives after the SDK's own retries.
 */
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import { type CallForm, call, mustBeActor } from '../simulation/actor.ts'
import { services } from '../simulation/services.ts'
import { ConditionRefused, type SimulatedTable } from '../simulation/table.ts'

export {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
}

type Form = CallForm<object>
const writeFaults = ['refused', 'lost', 'repeated'] as const

const keyText = (key: Record<string, { S?: string }> = {}) => `${key.pk?.S ?? '?'} ${key.sk?.S ?? '?'}`

function conditionally<Answer>(write: () => Answer): Answer {
  try {
    return write()
  } catch (error) {
    if (!(error instanceof ConditionRefused)) throw error
    throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} })
  }
}

function failure(fault: 'refused' | 'lost'): Error {
  const [name, message] =
    fault === 'refused'
      ? ['ProvisionedThroughputExceededException', 'the table is throttled']
      : ['TimeoutError', 'no answer came']
  return Object.assign(new Error(message), { name })
}

function applyRequest(table: SimulatedTable, { PutRequest, DeleteRequest }: WriteRequest): void {
  if (PutRequest?.Item) table.put(PutRequest.Item)
  if (DeleteRequest?.Key) table.delete(DeleteRequest.Key)
}

function batchForm(table: SimulatedTable, { input }: BatchWriteItemCommand): Form {
  const [[name, requests] = ['', []]] = Object.entries(input.RequestItems ?? {})
  if (requests.length === 0 || requests.length > 25) throw new Error(`a batch has ${requests.length} requests`)
  const apply = (chosen: readonly WriteRequest[]) => {
    for (const request of chosen) applyRequest(table, request)
    const rest = requests.filter((request) => !chosen.includes(request))
    return { UnprocessedItems: rest.length > 0 ? { [name]: rest } : {} }
  }
  const [first] = requests
  return {
    label: `table batch of ${requests.length} from ${keyText((first?.PutRequest?.Item ?? first?.DeleteRequest?.Key) as never)}`,
    effect: () => apply(requests),
    partially: () => apply(requests.filter(() => mustBeActor('a batch').world.random.chance(0.5))),
    faults: ['refused', 'lost', 'repeated', 'partial'],
  }
}

function writeForm(table: SimulatedTable, command: PutItemCommand | UpdateItemCommand | DeleteItemCommand): Form {
  if (command instanceof PutItemCommand) {
    const { input } = command
    const item = input.Item ?? {}
    return {
      label: `table put ${keyText(item as never)}`,
      effect: () => {
        conditionally(() => table.put(item, input))
        return {}
      },
      faults: writeFaults,
    }
  }
  if (command instanceof UpdateItemCommand) {
    const { input } = command
    return {
      label: `table update ${keyText(input.Key as never)} ${input.UpdateExpression}`,
      effect: () =>
        conditionally(() => {
          const before = table.update(input)
          return input.ReturnValues === 'ALL_OLD' && before ? { Attributes: before } : {}
        }),
      // Sums are where a repetition hurts.
      faults: [...writeFaults, 'repeated', 'repeated'],
    }
  }
  const { input } = command
  return {
    label: `table delete ${keyText(input.Key as never)}`,
    effect: () => {
      conditionally(() => table.delete(input.Key ?? {}, input))
      return {}
    },
    faults: writeFaults,
  }
}

function readForm(table: SimulatedTable, command: GetItemCommand | QueryCommand): Form {
  if (command instanceof GetItemCommand) {
    return {
      label: `table get ${keyText(command.input.Key as never)}`,
      effect: () => {
        const Item = table.get(command.input.Key ?? {})
        return Item ? { Item } : {}
      },
      faults: ['refused'],
      shown: (answer) => ('Item' in answer ? '' : 'nothing'),
    }
  }
  const { input } = command
  return {
    label: `table query ${input.IndexName ?? ''} ${Object.values(input.ExpressionAttributeValues ?? {}).map(({ S }) => S)}`,
    effect: () => {
      const { items, next } = table.query(input)
      const found = input.Select === 'COUNT' ? { Count: items.length } : { Count: items.length, Items: items }
      return next ? { ...found, LastEvaluatedKey: next } : found
    },
    faults: ['refused'],
    shown: (answer) => `${(answer as { Count: number }).Count} rows`,
  }
}

/** What a command does to a table, as a call that can go wrong. */
export function formOf(table: SimulatedTable, command: unknown): Form {
  if (command instanceof GetItemCommand || command instanceof QueryCommand) return readForm(table, command)
  if (command instanceof BatchWriteItemCommand) return batchForm(table, command)
  if (
    command instanceof PutItemCommand ||
    command instanceof UpdateItemCommand ||
    command instanceof DeleteItemCommand
  ) {
    return writeForm(table, command)
  }
  throw new Error('the simulated table does not know this command')
}

/** As the SDK has it: a class, because the service says `new`. */
export class DynamoDBClient {
  async send(command: unknown): Promise<object> {
    const { world } = mustBeActor('the table')
    const { table } = services(world)
    return call({ ...formOf(table, command), failure, service: 'table' })
  }
}
