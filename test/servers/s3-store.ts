import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { compareUtf8 } from '../../src/byte-order.ts';
import { type Content, joinContents } from './s3-body.ts';
import { noSuchKey, preconditionFailed, S3Error } from './s3-error.ts';

export interface S3Object {
  readonly content: Content;
  /** Without quotes. */
  readonly etag: string;
  readonly modified: Date;
  /** Stored response headers, `x-amz-meta-*` among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly acl: string | undefined;
  /** The `x-amz-server-side-encryption*` headers that it was written with. */
  readonly encryption: Readonly<Record<string, string>>;
}

/** What an object is given besides its bytes. */
export type S3Attributes = Pick<S3Object, 'headers' | 'acl' | 'encryption'>;

export interface S3Upload extends S3Attributes {
  readonly key: string;
  readonly parts: Map<number, Content>;
}

/** The `If-Match` and `If-None-Match` of a request, as sent. */
export interface Conditions {
  readonly match: string | undefined;
  readonly noneMatch: string | undefined;
}

export interface Dialect {
  /** Etags are not MD5, as under SSE-KMS. */
  readonly kms: boolean;
  /** `If-Match` must come without quotes, as at Ceph radosgw before 18. */
  readonly unquotedEtags: boolean;
  readonly now: () => Date;
}

/** One bucket. Each change is one synchronous step, so conditions hold among concurrent requests. */
export class Bucket {
  readonly objects = new Map<string, S3Object>();
  readonly uploads = new Map<string, S3Upload>();
  readonly #dialect: Dialect;
  #sorted: string[] | undefined;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** In UTF-8 byte order. */
  keys(): readonly string[] {
    this.#sorted ??= [...this.objects.keys()].sort(compareUtf8);
    return this.#sorted;
  }

  /** The same from the first one behind `after` on, found by halves. */
  *keysAfter(after: string): Iterable<string> {
    const keys = this.keys();
    let low = 0;
    for (let high = keys.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (compareUtf8(keys[middle] ?? '', after) > 0) high = middle;
      else low = middle + 1;
    }
    for (let at = low; at < keys.length; at++) yield keys[at] ?? '';
  }

  find(key: string): S3Object {
    const found = this.objects.get(key);
    if (!found) throw noSuchKey(key);
    return found;
  }

  put(key: string, content: Content, attributes: S3Attributes, etag = content.md5.toString('hex')): S3Object {
    if (!this.objects.has(key)) this.#sorted = undefined;
    const opaque = this.#dialect.kms ? randomBytes(16).toString('hex') : etag;
    const object = { content, etag: opaque, modified: this.#dialect.now(), ...attributes };
    this.objects.set(key, object);
    return object;
  }

  remove(key: string): void {
    if (this.objects.delete(key)) this.#sorted = undefined;
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
  check(key: string, conditions: Conditions): void {
    const etag = this.objects.get(key)?.etag;
    if (conditions.noneMatch !== undefined && etag !== undefined) throw preconditionFailed();
    if (conditions.match === undefined) return;
    if (etag === undefined) throw this.#dialect.unquotedEtags ? preconditionFailed() : noSuchKey(key);
    if (!this.matches(etag, conditions.match)) throw preconditionFailed();
  }

  matches(etag: string, sent: string): boolean {
    return this.#dialect.unquotedEtags ? sent === etag : sent.replaceAll('"', '') === etag;
  }

  startUpload(key: string, attributes: S3Attributes): string {
    const id = randomUUID();
    this.uploads.set(id, { key, parts: new Map(), ...attributes });
    return id;
  }

  findUpload(id: string): S3Upload {
    const upload = this.uploads.get(id);
    if (!upload) throw new S3Error(404, 'NoSuchUpload', 'The specified upload does not exist.');
    return upload;
  }

  finishUpload(id: string, wanted: readonly { number: number; etag: string }[], conditions: Conditions): S3Object {
    const upload = this.findUpload(id);
    const parts = wanted.map(({ number, etag }) => {
      const part = upload.parts.get(number);
      if (part?.md5.toString('hex') !== etag) throw new S3Error(400, 'InvalidPart', `Part ${number} was not found.`);
      return part;
    });
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    if (parts.slice(0, -1).some((part) => part.size < 5 * 2 ** 20)) {
      throw new S3Error(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
    }
    this.check(upload.key, conditions);
    this.uploads.delete(id);
    const md5 = createHash('md5')
      .update(Buffer.concat(parts.map((part) => part.md5)))
      .digest();
    const { headers, acl, encryption } = upload;
    return this.put(
      upload.key,
      joinContents(parts, md5),
      { headers, acl, encryption },
      `${md5.toString('hex')}-${parts.length}`,
    );
  }
}
