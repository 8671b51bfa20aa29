import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { directIdentity, directRoute, readRoute } from '../../providers/s3/lean/route.ts';
import type { NewObject } from '../../src/provider/contract.ts';
import { calm, toObject } from '../contract/body.ts';
import { credentials, openOnServer } from './s3-open.ts';

/** A run reads `live` first; that shows the way. */
async function openRead(setup: Parameters<typeof openOnServer>[0] = {}) {
  const opened = await openOnServer({ env: {}, ...setup });
  await opened.origin.read('.waybill/live', calm());
  const put = (object: NewObject) => opened.origin.write(object, calm());
  const puts = () => opened.server.requests.filter(({ operation }) => operation === 'PutObject');
  return { ...opened, put, puts };
}

test('small bodies go without the layers of the SDK, which name themselves; the first one before any read goes with them', async () => {
  const cold = await openOnServer({ env: {} });
  await cold.origin.write(toObject('a', 'one'), calm());
  expect(
    cold.server.requests.at(-1)?.headers['x-amz-user-agent'] ?? cold.server.requests.at(-1)?.headers['user-agent'],
  ).toMatch(/aws-sdk-js/);
  const { put, puts } = await openRead();
  await put(toObject('a', 'one'));
  expect(puts()).toHaveLength(1);
  expect(JSON.stringify(puts()[0]?.headers)).not.toContain('aws-sdk-js');
});

test('what is stored is the same either way, odd keys and every option included', async () => {
  const headers = { 'cache-control': 'no-store', 'content-type': 'text/css; charset=utf-8', 'x-amz-meta-mine': 'x' };
  const keys = ['plain.css', "ä b+c&d%20!'()*~/@=.css"];
  const raw = { acl: 'public-read', serverSideEncryption: 'AES256' };
  const lean = await openRead({ raw });
  const cold = await Promise.all(keys.map(() => openOnServer({ raw, env: {} })));
  for (const [index, key] of keys.entries()) {
    const object = toObject(key, 'bytes', { headers });
    await cold[index]!.origin.write(object, calm());
    await lean.put(object);
    expect(await lean.origin.head(key, calm())).toEqual(await cold[index]!.origin.head(key, calm()));
    const sent = ({ headers: all }: { headers: Readonly<Record<string, string>> }) =>
      Object.fromEntries(
        Object.entries(all).filter(([name]) => /^(x-amz-(acl|server|meta)|cache|content-type)/.test(name)),
      );
    expect(sent(lean.puts().at(-1)!)).toEqual(sent(cold[index]!.server.requests.at(-2)!));
  }
});

test('the token of temporary credentials is sent and signed', async () => {
  process.env.AWS_SESSION_TOKEN = 'a-session-token';
  onTestFinished(() => void delete process.env.AWS_SESSION_TOKEN);
  const { put, puts } = await openRead();
  await put(toObject('a', 'one'));
  const { headers } = puts()[0]!;
  expect(headers['x-amz-security-token']).toBe('a-session-token');
  expect(headers.authorization).toMatch(/SignedHeaders=[^,]*x-amz-security-token/);
});

test('no route is read off a request that is signed in another way or does not end in the key', () => {
  const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=A/20261125/eu-west-1/s3/aws4_request, …' };
  const request = { protocol: 'https:', hostname: 'b.s3.amazonaws.com', path: '/site/a%20b', headers: signed };
  expect(readRoute(request, 'site/a b')).toMatchObject({ basePath: '/', region: 'eu-west-1' });
  expect(readRoute({ ...request, path: '/bucket/site/a%20b' }, 'site/a b')).toMatchObject({ basePath: '/bucket/' });
  expect(readRoute({ ...request, headers: {} }, 'site/a b')).toBeUndefined();
  expect(readRoute({ ...request, headers: { authorization: 'AWS4-ECDSA-P256-SHA256 …' } }, 'site/a b')).toBeUndefined();
  expect(readRoute(request, 'other')).toBeUndefined();
});

test('where options and variables say it all, the SDK is asked for nothing: not by the first read, list, look or write', async () => {
  const { origin, server } = await openOnServer();
  await origin.write(toObject('a', 'one'), calm());
  await origin.head('a', calm());
  for await (const chunk of (await origin.read('a', calm()))?.body ?? [])
    expect(Buffer.from(chunk).toString()).toBe('one');
  for await (const { key } of origin.list({ prefix: '' }, calm())) expect(key).toBe('a');
  expect(server.requests).toHaveLength(4);
  expect(JSON.stringify(server.requests)).not.toContain('aws-sdk-js');
});

/** Where the SDK would send a request for a key, without sending it. */
async function routeOfSdk(options: {
  bucket: string;
  region: string;
  endpoint?: string;
  pathStyle?: boolean;
}): Promise<unknown> {
  const { bucket, region, endpoint, pathStyle } = options;
  const client = new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  let route: unknown;
  client.middlewareStack.add(
    () => async (args) => {
      route = readRoute(args.request as Parameters<typeof readRoute>[0], 'k');
      throw new Error('not sent');
    },
    { step: 'deserialize', priority: 'high' },
  );
  await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' })).catch(() => undefined);
  return route;
}

test('the way that is found without the SDK is the one that it would go', async () => {
  const options = fc.record(
    {
      bucket: fc.oneof(
        fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}[a-z0-9]$/),
        fc.constantFrom('shop-static', 'b--use1-az4--x-s3', 'a-s3alias', 'with.dots', 'Upper', 'xn--b', 'a--b'),
      ),
      region: fc.constantFrom(
        'us-east-1',
        'eu-central-2',
        'ap-southeast-3',
        'cn-north-1',
        'us-gov-west-1',
        'auto',
        'il-central-1',
      ),
      endpoint: fc.constantFrom(
        'http://127.0.0.1:9000',
        'https://s3.example',
        'https://s3.example:8443/below/',
        'https://account.r2.cloudflarestorage.com',
      ),
      pathStyle: fc.boolean(),
    },
    { requiredKeys: ['bucket', 'region'] },
  );
  let direct = 0;
  await fc.assert(
    fc.asyncProperty(options, async (drawn) => {
      const found = directRoute(drawn, {}, false);
      if (found === undefined) return;
      direct++;
      expect(found).toEqual(await routeOfSdk(drawn));
    }),
    { numRuns: 200 },
  );
  expect(direct).toBeGreaterThan(10);
});

test('whatever may lead elsewhere is left to the SDK', () => {
  const address = { bucket: 'shop-static', region: 'eu-west-1' };
  expect(directRoute(address, {}, false)?.hostname).toBe('shop-static.s3.eu-west-1.amazonaws.com');
  expect(directRoute({ bucket: 'shop-static' }, { AWS_REGION: 'eu-west-1' }, false)?.region).toBe('eu-west-1');
  expect(directRoute(address, {}, true)).toBeUndefined();
  expect(directRoute({ bucket: 'shop-static' }, {}, false)).toBeUndefined();
  for (const name of [
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_S3',
    'AWS_USE_FIPS_ENDPOINT',
    'AWS_USE_DUALSTACK_ENDPOINT',
  ]) {
    expect(directRoute(address, { [name]: 'true' }, false)).toBeUndefined();
  }
  for (const bucket of ['arn:aws:s3:eu-west-1:1:accesspoint/a', 'b--use1-az4--x-s3', 'a-s3alias', 'with.dots']) {
    expect(directRoute({ ...address, bucket }, {}, false)).toBeUndefined();
  }
  expect(directIdentity(undefined, credentials)).toEqual({
    accessKeyId: 'testaccess',
    secretAccessKey: 'testsecret123',
  });
  expect(directIdentity(undefined, { ...credentials, AWS_SESSION_TOKEN: 't' })?.sessionToken).toBe('t');
  expect(directIdentity('ci', credentials)).toBeUndefined();
  expect(directIdentity(undefined, { ...credentials, AWS_PROFILE: 'ci' })).toBeUndefined();
  expect(directIdentity(undefined, { AWS_ACCESS_KEY_ID: 'a' })).toBeUndefined();
});
