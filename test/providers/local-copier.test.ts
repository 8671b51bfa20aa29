import { appendFileSync, existsSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeCopier, smallBytes } from '../../providers/local/write-job.ts';
import { sha256Of } from '../contract/body.ts';
import { makeTree } from '../temp.ts';

const sizes = [0, 1, smallBytes - 1, smallBytes, smallBytes + 1, smallBytes + 2, 3 * smallBytes + 7];

function prepare(size: number) {
  const bytes = Buffer.alloc(size, 'The quick brown fox. ');
  const root = makeTree({ source: bytes });
  const [source, temporary] = [join(root, 'source'), join(root, 'temporary')];
  return { bytes, root, source, temporary, job: { source, temporary, size, sha256: sha256Of(bytes) } };
}

describe('what copies files in the second thread', () => {
  test('copies those of all sizes, one after the other', () => {
    const copy = makeCopier();
    for (const size of sizes) {
      const { bytes, temporary, job } = prepare(size);
      expect(copy(job)).toMatch(/^[0-9a-z]+-[0-9a-z]+-[0-9a-z]+$/);
      expect(readFileSync(temporary).equals(bytes)).toBe(true);
    }
  });

  const changes: Record<string, (source: string, size: number) => void> = {
    grew: (source) => appendFileSync(source, 'x'),
    shrank: (source, size) => truncateSync(source, size - 1),
    'has other bytes': (source, size) => writeFileSync(source, Buffer.alloc(size, 'x')),
  };
  for (const [name, change] of Object.entries(changes)) {
    test(`a file that ${name} is refused, and leaves nothing behind`, () => {
      const copy = makeCopier();
      for (const size of sizes.slice(1)) {
        const { source, temporary, job } = prepare(size);
        change(source, size);
        expect(() => copy(job)).toThrow('has changed');
        expect(existsSync(temporary)).toBe(false);
      }
    });
  }

  test('a link that has taken the place of a file is not followed', () => {
    const { root, job } = prepare(smallBytes + 1);
    symlinkSync(job.source, join(root, 'link'));
    expect(() => makeCopier()({ ...job, source: join(root, 'link') })).toThrow('ELOOP');
  });
});
