import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json, JsonObject } from '@rowkeep/kernel'
import type { Installed } from '../../judge.ts'

/** A message type of protobufjs. */
interface MessageType {
  decode(bytes: Uint8Array): object
  encode(message: object): { finish(): Uint8Array }
}

/** A method of a service, as protobufjs has it. */
export interface Method {
  readonly name: string
  readonly requestStream?: boolean
  readonly responseStream?: boolean
  readonly resolvedRequestType: MessageType
  readonly resolvedResponseType: MessageType
  readonly options: Readonly<Record<string, string>>
}

interface Root {
  resolveAll(): void
  lookupService(name: string): { readonly methodsArray: readonly Method[] }
}

/** Google's own mapping of messages to proto3 JSON. */
export interface Serializer {
  toProto3JSON(message: object): JsonObject
  fromProto3JSON(type: MessageType, json: Json): object
}

/** How a call ends that does not end well. */
export interface GrpcError {
  readonly code: number
  readonly details: string
}

/** One call, whatever streams it has. */
export interface GrpcCall {
  readonly request: JsonObject
  readonly metadata: { get(name: string): readonly (string | Buffer)[] }
  write(message: JsonObject): void
  end(): void
  on(event: 'data', listener: (message: JsonObject) => void): void
  on(event: 'end' | 'cancelled', listener: () => void): void
  emit(event: 'error', error: GrpcError): void
}

/** How a method looks on the wire. */
export interface MethodDefinition {
  readonly path: string
  readonly requestStream: boolean
  readonly responseStream: boolean
  requestSerialize(message: JsonObject): Buffer
  requestDeserialize(bytes: Buffer): JsonObject
  responseSerialize(message: JsonObject): Buffer
  responseDeserialize(bytes: Buffer): JsonObject
}

/** Answers one call. `done` is there where a single answer is. */
export type GrpcHandler = (call: GrpcCall, done?: (error: GrpcError | null, answer?: JsonObject) => void) => void

interface GrpcServer {
  addService(
    definition: Readonly<Record<string, MethodDefinition>>,
    handlers: Readonly<Record<string, GrpcHandler>>,
  ): void
  bindAsync(address: string, credentials: unknown, done: (error: Error | null, port: number) => void): void
  forceShutdown(): void
}

/** What is used of `@grpc/grpc-js`. */
interface Grpc {
  readonly Server: new () => GrpcServer
  readonly ServerCredentials: { createInsecure(): unknown }
  /** Numbers of the canonical codes. */
  readonly status: Readonly<Record<string, number>>
}

/** All that a gRPC server of Firestore takes. */
export interface GrpcPackages {
  readonly grpc: Grpc
  readonly serializer: Serializer
  /** Those of `google.firestore.v1.Firestore`. */
  readonly methods: readonly Method[]
}

/** The packages, with the protos that the admin SDK itself brings. */
export async function grpcPackages(installed: Installed): Promise<GrpcPackages> {
  const { Root } = installed.require('protobufjs') as { readonly Root: { fromJSON(json: unknown): Root } }
  const protos = join(installed.folder, 'node_modules/@google-cloud/firestore/build/protos/v1.json')
  const root = Root.fromJSON(JSON.parse(await readFile(protos, 'utf8')) as unknown)
  root.resolveAll()
  return {
    grpc: installed.require('@grpc/grpc-js') as Grpc,
    serializer: installed.require('proto3-json-serializer') as Serializer,
    methods: root.lookupService('google.firestore.v1.Firestore').methodsArray,
  }
}
