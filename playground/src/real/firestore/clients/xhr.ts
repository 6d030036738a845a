type Handler = (() => void) | null

/** `XMLHttpRequest` as far as the full SDK uses it, over `fetch`: transactions and counts go by it, and Node has none. */
class FetchXhr {
  readyState = 0
  status = 0
  statusText = ''
  response = ''
  responseText = ''
  responseType = ''
  withCredentials = false
  onreadystatechange: Handler = null
  readonly #headers = new Headers()
  readonly #abort = new AbortController()
  #method = 'GET'
  #url = ''
  #answer = new Headers()

  open(method: string, url: string): void {
    this.#method = method
    this.#url = url
    this.#become(1)
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers.set(name, value)
  }

  getResponseHeader(name: string): string | null {
    return this.#answer.get(name)
  }

  getAllResponseHeaders(): string {
    return [...this.#answer].map(([name, value]) => `${name}: ${value}`).join('\r\n')
  }

  abort(): void {
    this.#abort.abort()
  }

  send(body?: string | null): void {
    // A request that fails has the status 0, as in browsers.
    this.#run(body ?? null).catch(() => this.#become(4))
  }

  async #run(body: string | null): Promise<void> {
    const { signal } = this.#abort
    const response = await fetch(this.#url, { method: this.#method, headers: this.#headers, body, signal })
    this.responseText = await response.text()
    this.response = this.responseText
    this.status = response.status
    this.statusText = response.statusText
    this.#answer = response.headers
    this.#become(4)
  }

  #become(state: number): void {
    this.readyState = state
    this.onreadystatechange?.()
  }
}

/** Gives the platform an `XMLHttpRequest` until the result is called. */
export function withXhr(): () => void {
  const platform = globalThis as { XMLHttpRequest?: unknown }
  const before = platform.XMLHttpRequest
  platform.XMLHttpRequest = FetchXhr
  return () => {
    platform.XMLHttpRequest = before
  }
}
