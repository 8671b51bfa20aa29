/** Everything of ours that is not an asset lies below this prefix; no asset key may start with it. */
export const statePrefix = '.waybill/';
export const liveKey = '.waybill/live';
export const lockKey = '.waybill/lock';
/** Where a store is tried out; src/manifest/probe.ts. */
export const probeKey = '.waybill/probe';
export const inventoryKey = '.waybill/inventory';
export const versionsPrefix = '.waybill/versions/';
export const objectsPrefix = '.waybill/objects/';
export const stagesPrefix = '.waybill/stages/';
export const chunksPrefix = '.waybill/chunks/';

export function versionKey(version: number): string {
  return `${versionsPrefix}${version}`;
}

/** What several machines stage together, by the digest of its files. */
export function stageKey(digest: string): string {
  return `${stagesPrefix}${digest}`;
}

/** What one of them has put in place. Beside the stage, not below it: in a local folder a file can have nothing below it. */
export function partKey(digest: string, { version, index, count }: PartName): string {
  return `${stageKey(digest)}.${version}.${index}-of-${count}`;
}

/** Part `index` of `count` of a version, from 1. */
export interface PartName {
  readonly version: number;
  readonly index: number;
  readonly count: number;
}

/** Where the body of a stable key is kept once the live site no longer serves it. */
export function objectKey(sha256: string): string {
  return `${objectsPrefix}${sha256}`;
}

/** Rows of manifests and of the inventory, by the digest of the document that holds them. */
export function chunkKey(sha256: string): string {
  return `${chunksPrefix}${sha256}`;
}

/** State is never public and never cached. */
export const stateHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-store',
  'content-type': 'application/json',
};

export const objectHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-store',
  'content-type': 'application/octet-stream',
};
