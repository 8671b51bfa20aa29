import { createHash } from 'node:crypto';
import { compareUtf8 } from '../../src/byte-order.ts';
import { crc32c } from './s3-body.ts';

/** What Google answers instead of a result. https://cloud.google.com/storage/docs/json_api/v1/status-codes */
export class GcsError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    reason: string,
    message: string = reason,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

/** Fields of an object's resource that its owner sets. */
export interface Settings {
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface StoredObject {
  readonly name: string;
  readonly bytes: Buffer;
  /** Base64, as the API shows it. */
  readonly crc32c: string;
  readonly settings: Settings;
  readonly generation: string;
  readonly metageneration: string;
  readonly updated: Date;
}

/** Query parameters `ifGenerationMatch` and `ifMetagenerationMatch`, or their likes for a source. */
export interface Preconditions {
  readonly generation: string | null;
  readonly metageneration: string | null;
}

let lastGeneration = 0;

/** Microseconds, never the same twice, as Google's are. */
function nextGeneration(): string {
  lastGeneration = Math.max(lastGeneration + 1, Date.now() * 1000);
  return String(lastGeneration);
}

/** One bucket. Each change is one synchronous step, so preconditions hold among concurrent requests. */
export class Bucket {
  readonly objects = new Map<string, StoredObject>();
  readonly #name: string;
  #sorted: string[] | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** In UTF-8 byte order. */
  names(): readonly string[] {
    this.#sorted ??= [...this.objects.keys()].sort(compareUtf8);
    return this.#sorted;
  }

  find(name: string): StoredObject {
    const found = this.objects.get(name);
    if (!found) throw new GcsError(404, 'notFound', `No such object: ${this.#name}/${name}`);
    return found;
  }

  /** https://cloud.google.com/storage/docs/request-preconditions: generation 0 stands for "no live object". */
  check(name: string, { generation, metageneration }: Preconditions): void {
    const found = this.objects.get(name);
    const isOther = generation !== null && generation !== (found?.generation ?? '0');
    if (isOther || (metageneration !== null && metageneration !== found?.metageneration)) {
      throw new GcsError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');
    }
  }

  put(name: string, bytes: Buffer, settings: Settings): StoredObject {
    if (!this.objects.has(name)) this.#sorted = undefined;
    const object = {
      name,
      bytes,
      crc32c: crc32cOf(bytes),
      settings,
      generation: nextGeneration(),
      metageneration: '1',
      updated: new Date(),
    };
    this.objects.set(name, object);
    return object;
  }

  remove(name: string): void {
    this.find(name);
    this.objects.delete(name);
    this.#sorted = undefined;
  }

  /** The object's resource. https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
  describe(object: StoredObject): Record<string, unknown> {
    return {
      kind: 'storage#object',
      ...object.settings,
      name: object.name,
      bucket: this.#name,
      generation: object.generation,
      metageneration: object.metageneration,
      size: String(object.bytes.length),
      crc32c: object.crc32c,
      etag: `C${object.generation}/${object.metageneration}`,
      updated: object.updated.toISOString(),
    };
  }
}

function crc32cOf(bytes: Uint8Array): string {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32c(bytes, 0));
  return value.toString('base64');
}

export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}
