import { describe, expect, it } from 'vitest';
import { createParts } from '../../../src/provider/parts.ts';

const letters = [...'abcdefghij'];

describe('parts of one call', () => {
  it('gives the answers in order, so many at once', async () => {
    let underWay = 0;
    let most = 0;
    const answers = await createParts<string>(3)('n', letters, async (part) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, part === 'a' ? 20 : 1));
      underWay--;
      return part.toUpperCase();
    });
    expect(answers.join('')).toBe('ABCDEFGHIJ');
    expect(most).toBe(3);
  });

  it('starts none after a failure, and a retry sends what is left', async () => {
    const send = createParts<string>(2);
    const sent: string[] = [];
    const attempt = (bad: string) =>
      send('n', letters, async (part) => {
        sent.push(part);
        if (part === bad) throw new Error(`no ${part}`);
        return part;
      });
    await expect(attempt('c')).rejects.toThrow('no c');
    expect(sent.length).toBeLessThan(6);
    expect((await attempt('none')).join('')).toBe('abcdefghij');
    expect(sent.filter((part) => part !== 'c').toSorted()).toEqual(letters.filter((part) => part !== 'c'));
  });

  it('asks for nothing when all was accepted, and for all under another nonce', async () => {
    const send = createParts<string>(2);
    let count = 0;
    const attempt = (nonce: string) => send(nonce, ['a', 'b'], async () => String(count++));
    expect(await attempt('one')).toEqual(['0', '1']);
    expect(await attempt('one')).toEqual(['0', '1']);
    expect(await attempt('two')).toEqual(['2', '3']);
  });
});
