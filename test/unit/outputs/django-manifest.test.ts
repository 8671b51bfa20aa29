import { expect, it } from 'vitest';
import type { ManifestFile } from '../../../src/model.ts';
import { renderDjangoManifest } from '../../../src/outputs/django-manifest.ts';

function file(path: string, key: string): ManifestFile {
  return { path, key, sha256: '', size: 0, class: path === key ? 'mutable' : 'immutable', headers: {} };
}

it('is what json.dumps and hashlib of Python make of the same names', () => {
  const files = [
    file('a.css', 'a.1.css'),
    file('é.css', 'é.css'),
    // Beyond U+FFFF: sorted by code point, escaped as surrogates.
    file('😀.js', '😀.js'),
    file('\uffee.js', 'x"\\/\x7f\u2028.js'),
    file('A b.txt', 'A b.txt'),
    file('a/b.css', 'a/b.css'),
    file('a-b.css', 'a-b.css'),
  ];
  expect(renderDjangoManifest({ files })).toBe(
    String.raw`{"paths": {"A b.txt": "A b.txt", "a-b.css": "a-b.css", "a.css": "a.1.css", "a/b.css": "a/b.css", "\u00e9.css": "\u00e9.css", "\uffee.js": "x\"\\/\u007f\u2028.js", "\ud83d\ude00.js": "\ud83d\ude00.js"}, "version": "1.1", "hash": "79a3622ac5b6"}`,
  );
});

it('of nothing is an empty manifest', () => {
  expect(renderDjangoManifest({ files: [] })).toBe(
    '{"paths": {}, "version": "1.1", "hash": "d751713988987e9331980363e24189ce"}'.replace(/[0-9a-f]{20}"}$/, '"}'),
  );
});
