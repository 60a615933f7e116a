/**
 * Messages of the type `application/vnd.amazon.eventstream`, as Lambda sends them for a streamed response.
 * Layout: total length, header length, CRC-32 of both, headers, payload, CRC-32 of all before; big-endian.
 * A header is its name with a length byte, the type byte 7 (string), and its value with two length bytes.
 */
import { crc32 } from 'node:zlib'

const stringType = 7

/** One message with string headers. */
export function encodeEventStreamMessage(headers: Record<string, string>, payload: Uint8Array): Buffer {
  const headerBytes = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)))
  const prelude = Buffer.alloc(8)
  prelude.writeUInt32BE(16 + headerBytes.length + payload.byteLength, 0)
  prelude.writeUInt32BE(headerBytes.length, 4)
  const covered = Buffer.concat([prelude, encodeUint32(crc32(prelude)), headerBytes, payload])
  return Buffer.concat([covered, encodeUint32(crc32(covered))])
}

/** A part of the response, as the function wrote it. */
export function encodePayloadChunk(bytes: Uint8Array): Buffer {
  return encodeEventStreamMessage(eventHeaders('PayloadChunk', 'application/octet-stream'), bytes)
}

/** The end of the response. `error`: the function failed; what it wrote before stays valid. */
export function encodeInvokeComplete(error?: { errorType: string; errorMessage: string }): Buffer {
  const complete = error ? { ErrorCode: error.errorType, ErrorDetails: JSON.stringify(error) } : {}
  return encodeEventStreamMessage(
    eventHeaders('InvokeComplete', 'application/json'),
    Buffer.from(JSON.stringify(complete)),
  )
}

const eventHeaders = (type: string, contentType: string) => ({
  ':message-type': 'event',
  ':event-type': type,
  ':content-type': contentType,
})

function encodeHeader(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)]
  const length = Buffer.alloc(2)
  length.writeUInt16BE(valueBytes.length)
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, Buffer.from([stringType]), length, valueBytes])
}

function encodeUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
