/** An error of a resolver, as AppSync puts it into an answer of status 200. */
export class ResolverError extends Error {
  readonly errorType: string
  /** The row that the error is about, cut down to the selection; `null`: none. */
  readonly data: unknown

  constructor(errorType: string, message: string, data: unknown = null) {
    super(message)
    this.errorType = errorType
    this.data = data
  }
}

/** `$util.unauthorized()`. */
export const unauthorized = (field: string, type: string): ResolverError =>
  new ResolverError('Unauthorized', `Not Authorized to access ${field} on type ${type}`)

/** A condition of DynamoDB that does not hold. */
export const conditionFailed = (data: unknown): ResolverError =>
  new ResolverError(
    'DynamoDB:ConditionalCheckFailedException',
    'The conditional request failed (Service: DynamoDb, Status Code: 400, Request ID: DOUBLE)',
    data,
  )

/** Optimistic concurrency: the write is for another version. */
export const conflictUnhandled = (data: unknown): ResolverError =>
  new ResolverError('ConflictUnhandled', 'Conflict resolver rejects mutation.', data)

/** What DynamoDB does not take. */
export const invalidItem = (message: string): ResolverError =>
  new ResolverError(
    'DynamoDB:DynamoDbException',
    `${message} (Service: DynamoDb, Status Code: 400, Request ID: DOUBLE)`,
  )
