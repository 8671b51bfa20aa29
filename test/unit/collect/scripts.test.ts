import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDigester } from '../../../src/collect/digest-job.ts';
import { digestBytesWithMd5 } from '../../../src/collect/file-digest.ts';
import { Pacer } from '../../../src/collect/pacer.ts';
import { makeTree } from '../../temp.ts';

const large = Buffer.alloc(1_100_000, 'let a = 1;\n');
const map = '\n//# sourceMappingURL=a.js.map\n';

/** Texts by name, and whether nobody has to look at them again. */
const scripts: Record<string, readonly [body: Buffer, isPlain: boolean]> = {
  'plain.js': [Buffer.from('let ä = 1;'), true],
  'empty.js': [Buffer.from(''), true],
  'map.js': [Buffer.from(`let a = 1;${map}`), false],
  'latin1.js': [Buffer.from('let \xe4 = 1;', 'latin1'), false],
  'large.js': [large, true],
  'large-map.js': [Buffer.concat([large, Buffer.from(map)]), false],
};

describe('reading a script for its digest', () => {
  const root = () => makeTree(Object.fromEntries(Object.entries(scripts).map(([name, [body]]) => [name, body])));

  it('shows whether Django may find a reference in it, or fail on it', async () => {
    const folder = root();
    const digest = makeDigester(new Pacer(new AbortController().signal));
    for (const [name, [body, isPlain]] of Object.entries(scripts)) {
      const shown = await digest({ file: join(folder, name), label: name, kind: 'md5', isScript: true });
      expect(shown, name).toEqual({ ...digestBytesWithMd5(body), ...(isPlain ? { isPlain } : {}) });
    }
  });

  it('gives any other file its digest alone', async () => {
    const folder = root();
    const digest = makeDigester(new Pacer(new AbortController().signal));
    const shown = await digest({ file: join(folder, 'plain.js'), label: 'plain.js', kind: 'md5' });
    expect(shown).toEqual(digestBytesWithMd5(Buffer.from('let ä = 1;')));
  });
});
