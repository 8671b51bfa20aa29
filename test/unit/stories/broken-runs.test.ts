import { expect, test } from 'vitest';
import { type ApplyError, ProviderError } from '../../../src/errors/errors.ts';
import type { Live } from '../../../src/manifest/live.ts';
import { makeRig, type Rig } from '../../rig.ts';

const isAsset = (key: string): boolean => !key.startsWith('.waybill/');
const site = { 'index.html': 'home', 'app.css': 'a{}', 'app-5WLTJH4U.js': '1' };
const next = { 'index.html': 'home 2', 'app.css': 'b{}', 'app-QL7MZ3PB.js': '2' };

function live(rig: Rig): Live {
  return JSON.parse(new TextDecoder().decode(rig.objects.get('.waybill/live')?.bytes)) as Live;
}

type Op = { kind: string; key: string };

/** A rig whose origin refuses what `down` says. */
function makeFailing(files: Record<string, string>) {
  const down = { at: (_: Op): boolean => false };
  const failOn = (op: Op): undefined => {
    if (down.at(op)) throw new ProviderError('rejected', 'struck');
  };
  return { rig: makeRig({ files, memory: { failOn } }), down };
}

test('a rollback of a half-applied deploy that dies can be finished by running it again', async () => {
  const { rig, down } = makeFailing(site);
  await rig.deploy();
  rig.setFiles(next);
  await rig.deploy();
  rig.setFiles({ ...next, 'app.css': 'c{}', 'index.html': 'home 3' });
  down.at = ({ kind, key }) => kind === 'write' && key === 'index.html';
  await expect(rig.deploy()).rejects.toMatchObject({ exitCode: 3 });
  expect(live(rig)).toMatchObject({ version: 2, applying: { version: 3 } });
  down.at = ({ kind, key }) => kind === 'copy' && isAsset(key);
  await expect(rig.rollback()).rejects.toMatchObject({ exitCode: 3 });
  expect(rig.served()['app.css']).toBe('c{}');
  expect(live(rig).applying).toMatchObject({ version: 3 });
  down.at = () => false;
  expect((await rig.rollback()).version).toBe(2);
  expect(rig.served()).toMatchObject(next);
});

test('a rollback that dies is finished by running it again', async () => {
  const { rig, down } = makeFailing(site);
  await rig.deploy();
  rig.setFiles(next);
  await rig.deploy();
  down.at = ({ kind, key }) => kind === 'copy' && key === 'index.html';
  await expect(rig.rollback()).rejects.toMatchObject({
    hint: expect.stringMatching(/rollback --env test --to 1` again .*--to 2` to return to version 2/),
  });
  down.at = () => false;
  expect((await rig.rollback()).version).toBe(1);
});

test('what visitors see is said for a failure behind the last phase, and for a broken repair without a wrong way back', async () => {
  const { rig, down } = makeFailing(site);
  await rig.deploy();
  rig.setFiles(next);
  down.at = ({ kind, key }) => kind === 'write' && key === '.waybill/inventory';
  const error = (await rig.deploy().catch((e) => e)) as ApplyError;
  expect(error.message).toContain('All 2 stable files have switched to version 2');
  down.at = () => false;
  await rig.deploy();
  rig.objects.delete('app.css');
  rig.objects.delete('index.html');
  down.at = ({ kind, key }) => kind === 'write' && key === 'index.html';
  const second = (await rig.deploy().catch((e) => e)) as ApplyError;
  expect(second.hint).not.toContain('rollback');
});

test('--trust-manifest lists after all where a run broke off, so that other content can be deployed', async () => {
  const { rig, down } = makeFailing(site);
  await rig.deploy();
  rig.setFiles(next);
  down.at = ({ kind, key }) => kind === 'write' && key === 'index.html';
  await rig.deploy().catch(() => undefined);
  down.at = () => false;
  rig.setFiles({ ...next, 'app.css': 'c{}' });
  await rig.deploy({ trustManifest: true });
  expect(rig.served()['app.css']).toBe('c{}');
});

test('a number that a broken run has taken is passed over, and messages name the one in use', async () => {
  const { rig, down } = makeFailing(site);
  await rig.deploy();
  rig.setFiles({ ...site, 'app-QL7MZ3PB.js': '2' });
  down.at = ({ kind, key }) => kind === 'write' && key === 'app-QL7MZ3PB.js';
  await expect(rig.deploy()).rejects.toMatchObject({ exitCode: 3 });
  rig.setFiles(next);
  down.at = ({ kind, key }) => kind === 'write' && key === 'index.html';
  await expect(rig.deploy()).rejects.toMatchObject({ message: expect.stringContaining('switched to version 3') });
  expect(live(rig)).toMatchObject({ version: 1, next: 4, applying: { version: 3 } });
});
