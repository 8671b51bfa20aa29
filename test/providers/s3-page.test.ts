import { Readable } from 'node:stream';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePage } from '../../providers/s3/lean/page.ts';

/** What the SDK reads in a page. */
async function readBySdk(xml: string): Promise<unknown> {
  const client = new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: {
      handle: async () => ({ response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from(xml)]) } }),
    } as never,
  });
  const page = await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
  return {
    Contents: (page.Contents ?? []).map(({ Key = '', Size, ETag }) => ({
      Key: page.EncodingType === 'url' ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key,
      Size,
      ETag,
    })),
    IsTruncated: page.IsTruncated,
    NextContinuationToken: page.NextContinuationToken,
  };
}

const marks: Readonly<Record<string, readonly string[]>> = {
  '&': ['&amp;', '&#38;', '&#x26;'],
  '<': ['&lt;', '&#60;'],
  '>': ['&gt;', '>'],
  '"': ['&quot;', '&#34;', '"'],
  "'": ['&apos;', "'", '&#x27;'],
};

/** One of the ways in which XML may write a text. */
function escapeXml(text: string, way: number): string {
  return text.replace(/[&<>"']/g, (mark) => {
    const ways = marks[mark] ?? [mark];
    return ways[way % ways.length] ?? mark;
  });
}

const key = fc.string({ unit: fc.constantFrom(...'abz09/ +%&<>"\'é语💧._-~'), minLength: 1, maxLength: 24 });
const object = fc.record({
  key,
  size: fc.nat(2 ** 40),
  etag: fc.stringMatching(/^"?[\da-f]{8,32}(-\d)?"?$/),
  way: fc.nat(5),
});
const page = fc.record({
  objects: fc.array(object, { maxLength: 12 }),
  isUrl: fc.boolean(),
  order: fc.nat(5),
  owner: fc.boolean(),
  token: fc.option(key, { nil: undefined }),
  space: fc.constantFrom('', '\n', '\n  '),
  trailing: fc.boolean(),
});

type Drawn = typeof page extends fc.Arbitrary<infer T> ? T : never;

function write({ objects, isUrl, order, owner, token, space, trailing }: Drawn): string {
  const encode = (text: string) =>
    isUrl ? encodeURIComponent(text).replaceAll('%20', '+').replaceAll('%2F', '/') : text;
  const contents = objects.map((one) => {
    const parts = [
      `<Key>${escapeXml(encode(one.key), one.way)}</Key>`,
      `<Size>${one.size}</Size>`,
      `<ETag>${escapeXml(one.etag, one.way)}</ETag>`,
      '<LastModified>2026-11-25T00:00:00.000Z</LastModified>',
      ...(owner ? ['<Owner><ID>Contents</ID><DisplayName>Key</DisplayName></Owner>'] : []),
    ];
    return `<Contents>${[...parts.slice(order), ...parts.slice(0, order)].join(space)}</Contents>`;
  });
  const around = [
    '<Name>bucket</Name>',
    ...(isUrl ? ['<EncodingType>url</EncodingType>'] : []),
    `<IsTruncated>${token !== undefined}</IsTruncated>`,
    ...(token === undefined ? [] : [`<NextContinuationToken>${escapeXml(token, order)}</NextContinuationToken>`]),
  ];
  const inside = (trailing ? [...contents, ...around] : [...around, ...contents]).join(space);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${space}${inside}${space}</ListBucketResult>${space}`;
}

describe('a page of a listing', () => {
  test('is read as the SDK reads it, or left to the SDK', async () => {
    let left = 0;
    await fc.assert(
      fc.asyncProperty(page, async (drawn) => {
        const xml = write(drawn);
        const read = parsePage(Buffer.from(xml));
        if (read === undefined) left++;
        else expect(read).toEqual(await readBySdk(xml));
      }),
      { numRuns: 300 },
    );
    expect(left).toBe(0);
  });

  const whole = write({
    objects: [{ key: 'a', size: 1, etag: '"e"', way: 0 }],
    isUrl: true,
    order: 0,
    owner: false,
    token: undefined,
    space: '',
    trailing: false,
  });
  test.each([
    ['is cut off', whole.slice(0, -3)],
    ['has names with a prefix', whole.replaceAll('Contents>', 's3:Contents>')],
    ['has an object without an etag', whole.replace(/<ETag>.*<\/ETag>/, '')],
    ['has an object without a size', whole.replace(/<Size>.*<\/Size>/, '<Size></Size>')],
    ['has a comment', whole.replace('<Name>', '<!-- x --><Name>')],
    ['has CDATA', whole.replace('<Key>a', '<Key><![CDATA[a]]>')],
    ['has an element with an attribute', whole.replace('<Contents>', '<Contents a="b">')],
    [
      'has something between its objects',
      whole.replace('</Contents>', '</Contents><X/><Contents><Key>b</Key><Size>1</Size><ETag>x</ETag></Contents>'),
    ],
    ['does not say whether it is the last one', whole.replace(/<IsTruncated>.*<\/IsTruncated>/, '')],
    ['has a key that is not percent-encoded after all', whole.replace('<Key>a', '<Key>a%zz')],
    ['is no listing', '<Error><Code>X</Code></Error>'],
    ['is nothing', ''],
  ])('that %s is left to the SDK', (_, xml) => {
    expect(parsePage(Buffer.from(whole))).toBeDefined();
    expect(parsePage(Buffer.from(xml))).toBeUndefined();
  });
});
