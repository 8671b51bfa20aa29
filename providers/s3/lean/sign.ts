import { createHmac, hash } from 'node:crypto';

export interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface Signable {
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  /** Percent-encoded, sorted by name, without `?`; empty for none. */
  readonly query: string;
  /** Names in lower case; `host` and `x-amz-content-sha256` among them. Gains the date, the token and the signature. */
  readonly headers: Record<string, string>;
}

/** Proxies may change these, and the SDK does not sign them either. */
const unsigned: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'connection',
  'expect',
  'from',
  'keep-alive',
  'max-forwards',
  'pragma',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-amzn-trace-id',
]);
const unsignedStart = /^(?:proxy|sec)-/;
const oddSpace = /[\t\r\n]|^ | $| {2}/;

interface Day {
  readonly secret: string;
  readonly date: string;
  readonly key: Buffer;
}

/**
 * Signs requests to S3 as https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html says. The key of a day is derived
 * once: four of the five HMACs of a signature.
 */
export class Signer {
  readonly #region: string;
  #day: Day | undefined;
  #second = { at: 0, text: '' };

  constructor(region: string) {
    this.#region = region;
  }

  sign({ method, path, query, headers }: Signable, identity: Identity, atMs: number): void {
    const time = this.#format(atMs);
    const date = time.slice(0, 8);
    headers['x-amz-date'] = time;
    if (identity.sessionToken !== undefined) headers['x-amz-security-token'] = identity.sessionToken;
    let canonical = '';
    let names = '';
    for (const name of Object.keys(headers).sort()) {
      if (unsigned.has(name) || unsignedStart.test(name)) continue;
      canonical += `${name}:${flatten(headers[name] ?? '')}\n`;
      names += names === '' ? name : `;${name}`;
    }
    const request = `${method}\n${path}\n${query}\n${canonical}\n${names}\n${headers['x-amz-content-sha256']}`;
    const scope = `${date}/${this.#region}/s3/aws4_request`;
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', request, 'hex')}`;
    const signature = createHmac('sha256', this.#keyOf(identity.secretAccessKey, date)).update(text).digest('hex');
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${identity.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  }

  #keyOf(secret: string, date: string): Buffer {
    if (this.#day?.date !== date || this.#day.secret !== secret) {
      const steps = [date, this.#region, 's3', 'aws4_request'];
      const start: Buffer = Buffer.from(`AWS4${secret}`);
      const key = steps.reduce((last, step) => createHmac('sha256', last).update(step).digest(), start);
      this.#day = { secret, date, key };
    }
    return this.#day.key;
  }

  /** `20261125T121500Z`; thousands of requests share a second. */
  #format(atMs: number): string {
    const at = Math.floor(atMs / 1000);
    if (this.#second.at !== at) {
      this.#second = { at, text: new Date(at * 1000).toISOString().replace(/\.\d+|[-:]/g, '') };
    }
    return this.#second.text;
  }
}

function flatten(value: string): string {
  return oddSpace.test(value) ? value.replace(/[\t\r\n ]+/g, ' ').replace(/^ | $/g, '') : value;
}
