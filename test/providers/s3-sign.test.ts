import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodePath, escapeUri } from '../../providers/s3/lean/route.ts';
import { Signer } from '../../providers/s3/lean/sign.ts';

/** As the SDK's signer wants it. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

const text = fc.string({ unit: fc.constantFrom(...' \tab-Z09=/"%&é,;'), maxLength: 20 });
const headerName = fc.oneof(
  fc.constantFrom(
    'content-type',
    'cache-control',
    'if-match',
    'if-none-match',
    'x-amz-acl',
    'expires',
    'user-agent',
    'te',
  ),
  fc.stringMatching(/^(x-amz-meta-|proxy-|sec-|content-)[a-z]{1,6}$/),
);
const request = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'PUT'),
  key: fc.string({ unit: 'grapheme', maxLength: 30 }),
  query: fc.dictionary(fc.stringMatching(/^[a-z-]{1,12}$/), fc.string({ maxLength: 20 })),
  headers: fc.dictionary(headerName, text),
  accessKeyId: fc.stringMatching(/^[A-Z0-9]{4,20}$/),
  secretAccessKey: fc.string({ minLength: 1, maxLength: 40 }),
  sessionToken: fc.option(fc.stringMatching(/^[\w+/=]{1,60}$/), { nil: undefined }),
  region: fc.constantFrom('us-east-1', 'eu-central-2', 'auto', 'default'),
  at: fc.date({ min: new Date('2001-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
});

test('every request is signed as the SDK signs it', async () => {
  await fc.assert(
    fc.asyncProperty(request, async (one) => {
      const { method, region, at, accessKeyId, secretAccessKey, sessionToken } = one;
      const identity = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
      const path = `/bucket/${encodePath(one.key)}`;
      const base = { host: 'h.example:1', 'x-amz-content-sha256': '0'.repeat(64), ...one.headers };
      const theirs = new SignatureV4({
        credentials: identity,
        region,
        service: 's3',
        sha256: Sha256 as never,
        uriEscapePath: false,
      });
      const unsigned = { method, path, query: one.query, headers: { ...base }, protocol: 'https:', hostname: 'h' };
      const expected = await theirs.sign(unsigned as never, { signingDate: at });
      const names = Object.keys(one.query).sort();
      const query = names.map((name) => `${escapeUri(name)}=${escapeUri(one.query[name] ?? '')}`).join('&');
      const headers: Record<string, string> = { ...base };
      new Signer(region).sign({ method, path, query, headers }, identity, at.getTime());
      expect(headers).toEqual((expected as unknown as { headers: unknown }).headers);
    }),
    { numRuns: 300 },
  );
});

test('one signer stays right when the day, the second and the credentials change', () => {
  const signer = new Signer('us-east-1');
  const days = [
    '2026-11-25T23:59:59.900Z',
    '2026-11-26T00:00:00.100Z',
    '2026-11-26T00:00:00.900Z',
    '2026-11-25T10:00:00Z',
  ];
  for (const day of days) {
    for (const secretAccessKey of ['one', 'two']) {
      const sign = (by: Signer) => {
        const headers: Record<string, string> = { host: 'h', 'x-amz-content-sha256': 'x' };
        by.sign(
          { method: 'GET', path: '/', query: '', headers },
          { accessKeyId: 'A', secretAccessKey },
          Date.parse(day),
        );
        return headers.authorization;
      };
      expect(sign(signer)).toBe(sign(new Signer('us-east-1')));
    }
  }
});
