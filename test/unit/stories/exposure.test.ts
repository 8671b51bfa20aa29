import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { makeRig } from '../../rig.ts';

async function publicUrl(answer: (path: string) => string | undefined): Promise<string> {
  const server = createServer((request, response) => {
    const body = answer(request.url ?? '');
    response.writeHead(body === undefined ? 404 : 200).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function deployTo(url: string): Promise<readonly string[]> {
  const rig = makeRig({ files: { 'index.html': 'x' }, url });
  const session = await rig.session();
  const { origin } = session;
  const patient = {
    ...origin,
    write: async (...args: Parameters<typeof origin.write>) => {
      // The answer shall be there before the run ends.
      await new Promise((resolve) => setTimeout(resolve, 100));
      return origin.write(...args);
    },
  };
  rig.options = { ...rig.options, origin: patient };
  return (await rig.deploy()).warnings;
}

test('a deploy warns when visitors can read the state', async () => {
  const url = await publicUrl((path) => (path === '/.waybill/live' ? '{"history":[],"owed":[]}' : undefined));
  expect(await deployTo(url)).toEqual([expect.stringContaining(`${url}.waybill/live`)]);
});

test('a fallback page, a refusal and a server that is away are no state', async () => {
  expect(await deployTo(await publicUrl(() => '<!doctype html>'))).toEqual([]);
  expect(await deployTo(await publicUrl(() => undefined))).toEqual([]);
  expect(await deployTo('http://127.0.0.1:9/')).toEqual([]);
});
