import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { localOrigin } from '../../providers/local/index.ts';
import { describeOrigin } from './origin.ts';

const root = mkdtempSync(join(tmpdir(), 'waybill-contract-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let opened = 0;

describeOrigin(
  'local',
  async () => {
    const prefix = `site/${opened++}`;
    const options = localOrigin.parse({ directory: 'cdn', prefix }, 'origin');
    return {
      origin: await localOrigin.open(options, { env: {}, directory: root }),
      async foreign(key, bytes) {
        const path = join(root, 'cdn', prefix, key);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, bytes);
      },
    };
  },
  {
    gaps: {
      'key that is a folder of others': 'a file system cannot hold both `a` and `a/b`',
      ...(isCaseSensitive() ? {} : { 'normal forms of keys': 'this file system folds names' }),
    },
  },
);

function isCaseSensitive(): boolean {
  writeFileSync(join(root, 'case'), 'lower');
  writeFileSync(join(root, 'CASE'), 'upper');
  return readFileSync(join(root, 'case'), 'utf8') === 'lower' && lstatSync(join(root, 'CASE')).isFile();
}
