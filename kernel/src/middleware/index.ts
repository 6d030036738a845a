export { type LogEntry, type LoggingOptions, type LogLevel, logging } from './logging.ts'
export { type RateLimitOptions, rateLimit } from './rate-limit.ts'
export { type TimestampsOptions, timestamps } from './timestamps.ts'
