/** A value every store and every wire can carry: what `JSON.stringify` writes and `JSON.parse` reads back unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** A JSON object. A field that is absent and a field that is `null` are different values. */
export interface JsonObject {
  readonly [field: string]: Json
}

/** The fields that are there: one that is `undefined` is left out, as JSON would. */
export const defined = <T extends object>(fields: { readonly [F in keyof T]: T[F] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
