/** Bytes encoded at a time: a multiple of 3, so that parts can be joined, and few enough to be arguments of one call. */
const PART = 0x6000

/** Bytes as base64 (RFC 4648), with padding. */
export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += PART) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + PART)))
  }
  return text
}

/** Bytes of base64 text; `undefined` where it is none. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text)
    return Uint8Array.from({ length: binary.length }, (_, at) => binary.charCodeAt(at))
  } catch {
    return undefined
  }
}
