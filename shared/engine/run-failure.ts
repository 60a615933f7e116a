/**
 * An expected failure of a run: no engine, a template that cannot be written, a state that cannot be fetched or saved.
 * The message is one sentence for the owner of the stack, without addresses and internal paths.
 */
export class RunFailure extends Error {}
