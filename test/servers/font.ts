import { brotliCompressSync } from 'node:zlib';

/** Tags that WOFF2 knows by number, in its order. https://www.w3.org/TR/WOFF2/#table_dir_format */
const knownTags = ['cmap', 'head', 'hhea', 'hmtx', 'maxp', 'name', 'OS/2', 'post', 'cvt ', 'fpgm', 'glyf', 'loca'];

/**
 * A whole WOFF2 font made here, so that no licence is in question: each letter is a bar of the same width. `advance` is that
 * width in thousandths of an em; two fonts of different widths can be told apart by measuring text.
 */
export function makeWoff2(family: string, advance: number): Uint8Array {
  const glyph = makeGlyph(advance);
  const tables: [string, Buffer][] = [
    ['cmap', makeCmap()],
    ['head', makeHead(advance)],
    ['hhea', numbers('u32:65536 800 -200 0', advance, '0 0', advance, '1 0 0 0 0 0 0 0 2')],
    ['hmtx', numbers('500 0', advance, '0')],
    ['maxp', numbers('u32:65536 2 4 1 0 0 1 0 0 0 0 0 0 0 0')],
    ['name', makeName(family)],
    ['OS/2', makeOs2(advance)],
    ['post', numbers('u32:196608 u32:0 -100 50 u32:0 u32:0 u32:0 u32:0 u32:0')],
    ['glyf', glyph],
    ['loca', numbers('0 0', glyph.length / 2)],
  ];
  const directory = Buffer.concat(tables.map(([tag, bytes]) => makeEntry(tag, bytes.length)));
  const body = brotliCompressSync(Buffer.concat(tables.map(([, bytes]) => bytes)));
  const padding = Buffer.alloc((4 - ((48 + directory.length + body.length) % 4)) % 4);
  const length = 48 + directory.length + body.length + padding.length;
  const sfnt = 12 + tables.reduce((sum, [, bytes]) => sum + 16 + 4 * Math.ceil(bytes.length / 4), 0);
  const header = numbers(
    `u32:${0x774f4632} u32:65536 u32:${length} ${tables.length} 0 u32:${sfnt} u32:${body.length}`,
    '1 0 u32:0 u32:0 u32:0 u32:0 u32:0',
  );
  return Buffer.concat([header, directory, body, padding]);
}

/** Big-endian 16-bit numbers, or 32-bit ones where `u32:` says so. */
function numbers(...parts: (string | number)[]): Buffer {
  const words = parts.join(' ').split(/\s+/);
  return Buffer.concat(
    words.map((word) => {
      const isLong = word.startsWith('u32:');
      const bytes = Buffer.alloc(isLong ? 4 : 2);
      if (isLong) bytes.writeUInt32BE(Number(word.slice(4)));
      else bytes.writeInt16BE((Number(word) << 16) >> 16);
      return bytes;
    }),
  );
}

/** glyf and loca are stored as they are (transform 3), all others too (0). */
function makeEntry(tag: string, length: number): Buffer {
  const number = knownTags.indexOf(tag);
  const isPlain = tag === 'glyf' || tag === 'loca';
  return Buffer.from([number | (isPlain ? 0xc0 : 0), ...toBase128(length)]);
}

function toBase128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

/** A bar from the base line to 700, as one contour of four points. */
function makeGlyph(advance: number): Buffer {
  const width = advance - 100;
  const outline = numbers('1 0 0', width, '700 3 0');
  const flags = Buffer.from([1, 1, 1, 1]);
  return Buffer.concat([outline, flags, numbers('0 0', width, '0', '0 700 0 -700')]);
}

/** Everything from A to z is the bar. */
function makeCmap(): Buffer {
  const count = 0x7a - 0x41 + 1;
  const header = numbers('0 1 3 1 u32:12');
  const table = numbers('4', 32 + 2 * count, '0 4 4 1 0', 0x7a, 0xffff, '0', 0x41, 0xffff, '0 1', '4 0');
  return Buffer.concat([header, table, numbers(...Array.from({ length: count }, () => 1))]);
}

function makeHead(advance: number): Buffer {
  const start = numbers(`u32:65536 u32:65536 u32:0 u32:${0x5f0f3cf5} ${0x0803} 1000`);
  return Buffer.concat([start, Buffer.alloc(16), numbers('0 0', advance, '700 0 8 2 0 0')]);
}

function makeName(family: string): Buffer {
  const texts: [number, string][] = [
    [1, family],
    [2, 'Regular'],
    [4, family],
    [6, family.replaceAll(' ', '')],
  ];
  const strings = texts.map(([, text]) => Buffer.from(text, 'utf16le').swap16());
  let offset = 0;
  const records = texts.map(([id], index) => {
    const length = strings[index]?.length ?? 0;
    const record = numbers('3 1', 0x409, id, length, offset);
    offset += length;
    return record;
  });
  return Buffer.concat([numbers('0', texts.length, 6 + 12 * texts.length), ...records, ...strings]);
}

function makeOs2(advance: number): Buffer {
  const panose = Buffer.alloc(10);
  return Buffer.concat([
    numbers('4', advance, '400 5 0 650 600 0 75 650 600 0 350 50 300 0'),
    panose,
    numbers('u32:1 u32:0 u32:0 u32:0'),
    Buffer.from('NONE'),
    numbers(0x40, 0x41, 0x7a, '800 -200 0 800 200 u32:1 u32:0 500 700 0 32 1'),
  ]);
}
