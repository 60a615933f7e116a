/** Messages of events, bounded: what an engine or a provider prints has no end of its own. */

/** Longest message of an event, in UTF-16 units; the rest is cut. */
export const maxMessageLength = 4096

/** Cuts a message to its limit, with an ellipsis as the last character, never through a surrogate pair. */
export function boundedMessage(message: string, limit = maxMessageLength): string {
  if (message.length <= limit) return message
  const kept = message.slice(0, limit - 1)
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`
}
