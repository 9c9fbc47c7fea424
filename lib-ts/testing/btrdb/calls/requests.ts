// What the calls are asked, as the schema reads it.
import type { Columns } from '../store/chunk.js'

export interface UuidRequest {
  readonly uuid: string
}

export interface RangeRequest extends UuidRequest {
  readonly start: bigint
  readonly end: bigint
}

export interface ReadRequest extends RangeRequest {
  readonly versionMajor: bigint
}

export interface AlignedRequest extends ReadRequest {
  readonly pointWidth: number
}

export interface WindowsRequest extends ReadRequest {
  readonly width: bigint
}

export interface TemplateRequest extends ReadRequest {
  readonly templateBytes: Uint8Array
}

export interface MultiRequest {
  readonly uuid: readonly string[]
  readonly versionMajor: readonly bigint[]
  readonly start: bigint
  readonly end: bigint
  readonly snapPeriodNs: bigint
  readonly templateBytes: Uint8Array
}

export interface NearestRequest extends UuidRequest {
  readonly time: bigint
  readonly versionMajor: bigint
  readonly backward: boolean
}

export interface ChangesRequest extends UuidRequest {
  readonly fromMajor: bigint
  readonly toMajor: bigint
  readonly resolution: number
}

interface Write extends UuidRequest {
  readonly mergePolicy: number
  readonly rounding?: { readonly bits: number }
}

export interface InsertRequest extends Write {
  readonly values: Columns
}

export interface ArrowInsertRequest extends Write {
  readonly arrowBytes: Uint8Array
}

export interface KeyValue {
  readonly key: string
  readonly val?: { readonly value: string } | undefined
}

export interface CreateRequest extends UuidRequest {
  readonly collection: string
  readonly tags: readonly KeyValue[]
  readonly annotations: readonly KeyValue[]
}

export interface InfoRequest extends UuidRequest {
  readonly omitVersion: boolean
  readonly omitDescriptor: boolean
}

export interface TagsRequest extends UuidRequest {
  readonly expectedPropertyVersion: bigint
  readonly tags: readonly KeyValue[]
  readonly collection: string
  readonly remove: readonly string[]
}

export interface AnnotationsRequest extends UuidRequest {
  readonly expectedPropertyVersion: bigint
  readonly changes: readonly KeyValue[]
  readonly removals: readonly string[]
}

export interface PrefixRequest {
  readonly prefix: string
}

export interface LookupRequest {
  readonly collection: string
  readonly isCollectionPrefix: boolean
  readonly tags: readonly KeyValue[]
  readonly annotations: readonly KeyValue[]
}

export interface CsvRequest {
  /** 0 aligned windows, 1 windows, 2 values. */
  readonly queryType: number
  readonly startTime: bigint
  readonly endTime: bigint
  readonly windowSize: bigint
  readonly depth: number
  readonly includeVersions: boolean
  readonly streams: readonly {
    readonly version: bigint
    readonly label: string
    readonly uuid: string
  }[]
}

export interface SqlRequest {
  readonly query: string
  readonly params: readonly string[]
}

export interface SubscribeRequest {
  /** 0 adds, 1 removes. */
  readonly op: number
  readonly uuid: readonly string[]
}

export interface PlatformRequest {
  readonly method: string
  /** A JSON object. */
  readonly args: string
}
