import { randomUUID } from 'node:crypto';

/** What Azure answers instead of a result. https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
export class AzureError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, message = code, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export interface Blob {
  readonly bytes: Buffer;
  /** Without quotes. */
  readonly etag: string;
  readonly modified: Date;
  /** Stored response headers by their HTTP names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Without `x-ms-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The conditions of a request, as sent. */
export interface Conditions {
  readonly match?: string | undefined;
  readonly noneMatch?: string | undefined;
}

/** One container. Each change is one synchronous step, so conditions hold among concurrent requests. */
export class Container {
  readonly blobs = new Map<string, Blob>();
  /** Uncommitted blocks by blob and id. */
  readonly blocks = new Map<string, Map<string, Buffer>>();

  find(name: string): Blob {
    const found = this.blobs.get(name);
    if (!found) throw new AzureError(404, 'BlobNotFound', 'The specified blob does not exist.');
    return found;
  }

  put(name: string, blob: Omit<Blob, 'etag' | 'modified'>): Blob {
    const stored = { ...blob, etag: `0x${randomUUID().slice(0, 8).toUpperCase()}`, modified: new Date() };
    this.blobs.set(name, stored);
    // A write throws away the blocks that were sent for the same blob.
    this.blocks.delete(name);
    return stored;
  }

  stage(name: string, id: string, bytes: Buffer): void {
    const blocks = this.blocks.get(name) ?? new Map<string, Buffer>();
    const length = [...blocks.keys()][0]?.length;
    if (length !== undefined && length !== id.length) throw new AzureError(400, 'InvalidBlobOrBlock');
    this.blocks.set(name, blocks.set(id, bytes));
  }

  assemble(name: string, ids: readonly string[]): Buffer {
    const blocks = this.blocks.get(name);
    const parts = ids.map((id) => blocks?.get(id));
    if (parts.some((part) => part === undefined)) {
      throw new AzureError(400, 'InvalidBlockList', 'The specified block list is invalid.');
    }
    return Buffer.concat(parts as Buffer[]);
  }

  /** https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations */
  check(name: string, { match, noneMatch }: Conditions): void {
    const etag = this.blobs.get(name)?.etag;
    if (noneMatch === '*' && etag !== undefined) {
      throw new AzureError(409, 'BlobAlreadyExists', 'The specified blob already exists.');
    }
    if (match !== undefined && match.replaceAll('"', '') !== etag) {
      throw new AzureError(
        412,
        'ConditionNotMet',
        'The condition specified using HTTP conditional header(s) is not met.',
      );
    }
  }
}
