const encoder = new TextEncoder()

/** Bytes of a random nonce (NIST SP 800-38D, 8.2.2). */
const NONCE = 12

/** Encrypts by AES-256-GCM under a new random nonce, which stands first. `about` is bound to it but not in it. */
export async function seal(
  key: CryptoKey,
  bytes: Uint8Array<ArrayBuffer>,
  about: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE))
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: encoder.encode(about) }, key, bytes)
  const whole = new Uint8Array(NONCE + sealed.byteLength)
  whole.set(iv)
  whole.set(new Uint8Array(sealed), NONCE)
  return whole
}

/** What {@link seal} was given; `undefined`: another key, other `about`, or changed bytes. */
export async function unseal(
  key: CryptoKey,
  sealed: Uint8Array<ArrayBuffer>,
  about: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const iv = sealed.subarray(0, NONCE)
  const additionalData = encoder.encode(about)
  try {
    const bytes = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, sealed.subarray(NONCE))
    return new Uint8Array(bytes)
  } catch {
    // Web Cryptography says nothing but OperationError, and so does this.
    return undefined
  }
}
