/** Canonical codes of Google APIs (google/rpc/code.proto) with the HTTP status each is mapped to. */
const statuses = {
  CANCELLED: [499, 1],
  INVALID_ARGUMENT: [400, 3],
  NOT_FOUND: [404, 5],
  ALREADY_EXISTS: [409, 6],
  PERMISSION_DENIED: [403, 7],
  FAILED_PRECONDITION: [400, 9],
  ABORTED: [409, 10],
  UNIMPLEMENTED: [501, 12],
  UNAUTHENTICATED: [401, 16],
} as const

/** Name of a canonical code. */
export type StatusName = keyof typeof statuses

/** A refusal, as every transport of the service can say it. */
export class StatusError extends Error {
  readonly status: StatusName

  constructor(status: StatusName, message: string) {
    super(message)
    this.status = status
  }

  /** The HTTP status. */
  get http(): number {
    return statuses[this.status][0]
  }

  /** The number the code has in gRPC. */
  get grpc(): number {
    return statuses[this.status][1]
  }

  /** The body that the REST API and the WebChannel answer with. */
  get body(): { readonly error: { readonly code: number; readonly message: string; readonly status: string } } {
    return { error: { code: this.http, message: this.message, status: this.status } }
  }
}

/** A refusal of what cannot be read. */
export const invalid = (message: string): StatusError => new StatusError('INVALID_ARGUMENT', message)
