/**
 * What the worker sends to the runner and what the runner streams back.
 *
 * The runner holds no permission. All it needs is in the request: the template, the variables, and short-lived capabilities:
 * to read the state it starts from, to save snapshots of the state it makes, to learn that it should stop. Saving does not
 * go through the worker, so a worker that dies loses no state: whoever takes the job over finds the newest snapshot of the
 * attempt in the bucket.
 *
 * The answer is a stream of newline-delimited JSON, one `RunnerLine` a line, `result` last. A stream that ends without a
 * `result` means that the runner died.
 */
import * as z from 'zod/mini'
import { eventTypes, itemActions, itemModes } from '../contract/enums.ts'

/** `plan` changes nothing: it saves what an apply would do, and shows it. */
export const EngineCommand = z.enum(['apply', 'destroy', 'plan'])
export type EngineCommand = z.infer<typeof EngineCommand>

/** One file of a template; `path` is relative to the template's root, `encoding` is that of a content that is no text. */
export const TemplateFile = z.object({
  path: z.string(),
  content: z.string(),
  encoding: z.optional(z.literal('base64')),
})
export type TemplateFile = z.infer<typeof TemplateFile>

/** A template and what its variables are given. */
export const TemplateInputs = z.object({
  files: z.array(TemplateFile),
  variables: z.object({
    /** `vars_structure`: strings only, the engine converts where the variable is used. */
    structure: z.array(z.object({ key: z.string(), value: z.string() })),
    /** `vars_body`: the text of a tfvars file. */
    body: z.optional(z.string()),
    /** Another such text: what `vars_uri` led to. */
    uriContent: z.optional(z.string()),
  }),
})
export type TemplateInputs = z.infer<typeof TemplateInputs>

/** The instance of a resource that an event is about. `address` is the engine's full address, module path included. */
export const EventResource = z.object({
  address: z.string(),
  type: z.string(),
  name: z.string(),
  /** Instance key of `count` (from 0) or `for_each`, as text; absent otherwise. */
  key: z.optional(z.string()),
  idKey: z.optional(z.string()),
  idValue: z.optional(z.string()),
})
export type EventResource = z.infer<typeof EventResource>

/** A resource that events of earlier runs tell of, which the state may lack because it was not saved in time. */
export const JournalEntry = z.extend(EventResource, {
  /** Its creation `failed`, or only `begun` is known of it. Absent: the engine reported it as created. */
  unfinished: z.optional(z.enum(['failed', 'begun'])),
  /** No saved state is newer than its creation: another object that the state has at its address is what it replaced. */
  newerThanState: z.optional(z.boolean()),
})
export type JournalEntry = z.infer<typeof JournalEntry>

export const RunnerRequest = z.extend(TemplateInputs, {
  command: EngineCommand,
  state: z.object({
    /** Address to GET the state from; absent for a stack that has none. */
    readUrl: z.optional(z.string()),
    /** Address to PUT snapshots to, each one replacing the one before; absent for `plan`, which makes no state. */
    writeUrl: z.optional(z.string()),
  }),
  /** The engine's saved plan: `plan` PUTs it to `writeUrl`, an `apply` with `readUrl` carries out exactly that one. */
  plan: z.optional(z.object({ readUrl: z.optional(z.string()), writeUrl: z.optional(z.string()) })),
  /** What earlier runs created and the state may lack, oldest first: it is adopted before anything is changed. */
  journal: z.optional(z.array(JournalEntry)),
  /** Templates that may have made what the journal names, where the run's own has no such resource. */
  otherTemplates: z.optional(z.array(TemplateInputs)),
  /** Once an object can be fetched from this address, the run is to end early; its text tells why, for people. */
  stopSign: z.optional(z.object({ readUrl: z.string() })),
  /** Variables by which providers take the credentials of the stack's agencies; only processes that need them get them. */
  providerEnvironment: z.optional(z.record(z.string(), z.string())),
  /** Texts that no line of the answer may hold. */
  secrets: z.optional(z.array(z.string())),
  /** Latest moment at which the engine may still run, in milliseconds since the epoch. */
  stopAtMs: z.number(),
})
export type RunnerRequest = z.infer<typeof RunnerRequest>

export const EngineEvent = z.object({
  /** RFC 3339 UTC with milliseconds. */
  time: z.string(),
  type: z.enum(eventTypes),
  message: z.string(),
  resource: z.optional(EventResource),
  elapsedSeconds: z.optional(z.number()),
})
export type EngineEvent = z.infer<typeof EngineEvent>

/** A resource instance as the state has it after a run. Attribute values are text, sensitive ones masked. */
export const ResourceInstance = z.object({
  address: z.string(),
  type: z.string(),
  name: z.string(),
  key: z.optional(z.string()),
  id: z.optional(z.string()),
  physicalName: z.optional(z.string()),
  /** The engine made it, but not completely (a provisioner failed, for example); the next run replaces it. */
  tainted: z.boolean(),
  attributes: z.array(z.object({ key: z.string(), value: z.string() })),
})
export type ResourceInstance = z.infer<typeof ResourceInstance>

/** An output; `type` and `value` are the text `<sensitive>` when the template says so. */
export const Output = z.object({
  name: z.string(),
  description: z.optional(z.string()),
  type: z.string(),
  value: z.string(),
  sensitive: z.boolean(),
})
export type Output = z.infer<typeof Output>

/** What a plan says about one resource. Values are text, sensitive ones masked; absent where there is none. */
export const PlanItem = z.object({
  address: z.string(),
  type: z.string(),
  name: z.string(),
  key: z.optional(z.string()),
  action: z.enum(itemActions),
  actionReason: z.optional(z.string()),
  provider: z.string(),
  mode: z.enum(itemModes),
  /** True on the item that says how the remote object differs from the recorded one. */
  drifted: z.boolean(),
  imported: z.boolean(),
  id: z.optional(z.string()),
  /** Changed attributes only. */
  attributes: z.array(z.object({ name: z.string(), previous: z.optional(z.string()), target: z.optional(z.string()) })),
})
export type PlanItem = z.infer<typeof PlanItem>

/** How many resources a plan would add, update, delete and import; a replacement adds one and deletes one. */
export const PlanCounts = z.object({ add: z.int(), update: z.int(), delete: z.int(), import: z.int() })
export type PlanCounts = z.infer<typeof PlanCounts>

export const ResultLine = z.object({
  type: z.literal('result'),
  /** `interrupted`: the runner's time ran out, or it was told to stop; the state is saved, and the job can go on from it. */
  outcome: z.enum(['succeeded', 'failed', 'interrupted']),
  /** The engine's first error with file and line; for people, no internal path in it. */
  message: z.optional(z.string()),
  /** Whether a snapshot was saved to `state.writeUrl`. */
  stateSaved: z.boolean(),
  /** Whether `resource` and `output` lines before this one describe the state completely. */
  viewComplete: z.boolean(),
  /** Of a plan that was made and saved: what it counts. Its `item` lines come before this one. */
  planned: z.optional(PlanCounts),
  /** The stop sign was seen, and an event has told its text. */
  stopped: z.optional(z.boolean()),
  /** Whether the engine began to change any resource. */
  touchedResources: z.boolean(),
  /**
   * The saved state holds whatever the journal and the events of this run tell of, or an event says what it lacks. Absent
   * or false where that is not certain, as after an engine that was killed: events come before the state is written.
   */
  settled: z.optional(z.boolean()),
  /** What the journal names as created and could not be adopted: addresses with ids, for people. */
  lost: z.optional(z.array(z.string())),
})
export type ResultLine = z.infer<typeof ResultLine>

export const RunnerLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('event'), event: EngineEvent }),
  z.object({ type: z.literal('resource'), resource: ResourceInstance }),
  z.object({ type: z.literal('output'), output: Output }),
  z.object({ type: z.literal('item'), item: PlanItem }),
  ResultLine,
])
export type RunnerLine = z.infer<typeof RunnerLine>
