import { expect, onTestFinished, test } from 'vitest';
import { readRoute } from '../../providers/s3/lean/route.ts';
import type { NewObject } from '../../src/provider/contract.ts';
import { calm, toObject } from '../contract/body.ts';
import { openOnServer } from './s3-open.ts';

/** A run reads `live` first; that shows the way. */
async function openRead(setup: Parameters<typeof openOnServer>[0] = {}) {
  const opened = await openOnServer(setup);
  await opened.origin.read('.waybill/live', calm());
  const put = (object: NewObject) => opened.origin.write(object, calm());
  const puts = () => opened.server.requests.filter(({ operation }) => operation === 'PutObject');
  return { ...opened, put, puts };
}

test('small bodies go without the layers of the SDK, which name themselves; the first one before any read goes with them', async () => {
  const cold = await openOnServer();
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
  const cold = await Promise.all(keys.map(() => openOnServer({ raw })));
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
