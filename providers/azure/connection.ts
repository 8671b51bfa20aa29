import { setMaxListeners } from 'node:events';
import type * as Sdk from '@azure/storage-blob';
import { ProviderError } from '../../src/errors/errors.ts';
import type { ByteBudget } from '../../src/provider/budget.ts';
import type { Call } from '../../src/provider/contract.ts';
import type { Credential } from './credential.ts';
import { type Action, toProviderError } from './errors.ts';
import type { AzureOptions } from './options.ts';

/** Sizes that tests make smaller. */
export interface Tuning {
  /** Bodies from this size on go up in blocks. */
  readonly blockUploadBytes: number;
  /** Grows with the body so that Azure's number of blocks is enough. */
  readonly blockBytes: number;
  /** Bytes of bodies held in memory at once, over all requests. */
  readonly memoryBytes: number;
  /** Largest source of Put Blob From URL. */
  readonly maxFromUrlBytes: number;
}

const mebibyte = 2 ** 20;

export const defaultTuning: Tuning = {
  blockUploadBytes: 16 * mebibyte,
  blockBytes: 8 * mebibyte,
  memoryBytes: 64 * mebibyte,
  // https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url
  maxFromUrlBytes: 5000 * mebibyte,
};

export interface Connection {
  readonly sdk: typeof Sdk;
  readonly options: AzureOptions;
  readonly baseUrl: string;
  readonly service: Sdk.BlobServiceClient;
  readonly container: Sdk.ContainerClient;
  readonly credential: Credential;
  /** Put before every key. */
  readonly root: string;
  readonly tuning: Tuning;
  readonly budget: ByteBudget;
  readonly learnt: {
    /** False at emulators that know no Put Blob From URL. */
    putsFromUrl?: boolean;
  };
}

const writing: ReadonlySet<Action> = new Set(['write', 'copy', 'remove']);

/**
 * Sends one request. Rejects with ProviderError, or with the signal's reason once that is aborted. `key` is without the root and for
 * the message only.
 */
export async function send<T>(
  connection: Connection,
  call: Call,
  what: { action: Action; key?: string; conditional?: boolean },
  request: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  call.signal.throwIfAborted();
  // Every request under way listens to the one signal of the run; Node takes more than ten for a leak.
  setMaxListeners(0, call.signal);
  try {
    if (writing.has(what.action)) call.mayWrite?.();
    const output = await request(call.signal);
    call.onProgress?.();
    return output;
  } catch (error) {
    call.signal.throwIfAborted();
    const { baseUrl, options, root } = connection;
    const key = what.key === undefined ? {} : { key: root + what.key };
    throw toProviderError(error, { ...what, ...key, container: options.container, baseUrl });
  }
}

/** `undefined` where the key is missing; rejects when it is the container that is missing. */
export async function orMissing<T>(get: () => Promise<T>): Promise<T | undefined> {
  try {
    return await get();
  } catch (error) {
    if (isMissingKey(error)) return undefined;
    throw error;
  }
}

export function isMissingKey(error: unknown): boolean {
  if (!(error instanceof ProviderError) || error.kind !== 'missing') return false;
  return !/^Container/.test((error.cause as { code?: string } | undefined)?.code ?? '');
}

/** Without the quotes and the `W/` of HTTP. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replace(/^W\//, '').replace(/^"|"$/g, '');
}

export function conflict({ options, root }: Connection, key: string): ProviderError {
  const message = `Azure container ${options.container}: somebody else wrote ${root + key} meanwhile.`;
  return new ProviderError('conflict', message);
}

/** As the service wants the conditions of a write. */
export function toConditions(ifMatch: string | null | undefined): Sdk.BlobRequestConditions {
  if (ifMatch === undefined) return {};
  return ifMatch === null ? { ifNoneMatch: '*' } : { ifMatch: `"${ifMatch}"` };
}
