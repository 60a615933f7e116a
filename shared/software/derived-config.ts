/**
 * The config that a deployment really points to, as Heat's clients derive it: the source's, with the inputs' values for one
 * server and what the server must know to report back `[SEMANTICS 8]`, `[derived.json]`.
 */
import type { ConfigInput, SoftwareConfig } from '../contract/software-configs.ts'
import type { signalTransports } from '../contract/software-signals.ts'

export interface Derivation {
  readonly name: string | null
  readonly serverId: string
  readonly action: string
  readonly inputValues: Readonly<Record<string, unknown>>
  readonly transport: (typeof signalTransports)[number]
  /** Where to report; absent for NO_SIGNAL. */
  readonly signalAddress: string | undefined
}

function deployInput(name: string, description: string, value: unknown): ConfigInput {
  return { name, description, type: 'String', value }
}

function signalInputs({ transport, signalAddress }: Derivation): ConfigInput[] {
  const how = 'How the server should signal to heat with the deployment output values.'
  const inputs = [deployInput('deploy_signal_transport', how, transport)]
  if (signalAddress === undefined) return inputs
  const verb = transport === 'TEMP_URL_SIGNAL' ? 'PUT' : 'POST'
  return [
    ...inputs,
    deployInput('deploy_signal_id', 'ID of signal to use for signaling output values', signalAddress),
    deployInput('deploy_signal_verb', 'HTTP verb to use for signaling output values', verb),
  ]
}

/** The inputs of the derived config, in Heat's order. */
export function derivedInputs(declared: readonly ConfigInput[], derivation: Derivation): ConfigInput[] {
  const { inputValues, serverId, action } = derivation
  const names = new Set(declared.map(({ name }) => name))
  const withValues = declared.map((input) => ({
    ...input,
    value: Object.hasOwn(inputValues, input.name) ? inputValues[input.name] : (input.default ?? null),
  }))
  const undeclared = Object.entries(inputValues).filter(([name]) => !names.has(name))
  return [
    ...withValues,
    ...undeclared.map(([name, value]): ConfigInput => ({ name, type: 'String', value })),
    deployInput('deploy_server_id', 'ID of the server being deployed to', serverId),
    deployInput('deploy_action', 'Name of the current action being deployed', action),
    ...signalInputs(derivation),
  ]
}

export function derivedConfig(source: SoftwareConfig, derivation: Derivation) {
  return {
    name: derivation.name ?? source.name,
    group: source.group ?? 'Heat::Ungrouped',
    config: source.config ?? '',
    inputs: derivedInputs(source.inputs, derivation),
    outputs: source.outputs,
    options: source.options,
  }
}
