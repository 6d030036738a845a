/** A value as base64url (RFC 4648, 5) of its JSON. */
export function packed(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** The value of a text made by {@link packed}, or of its plain base64; `undefined` for any other text. */
export function unpacked(text: string): unknown {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (unit) => unit.charCodeAt(0))))
  } catch {
    return undefined
  }
}
