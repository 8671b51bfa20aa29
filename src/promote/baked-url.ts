import pLimit from 'p-limit';
import { PlanError } from '../errors/errors.ts';
import type { Body, ManifestFile } from '../model.ts';

const textTypes = /^text\/|javascript|json|xml|svg|manifest/;
const sideBySide = 8;
const chunkBytes = 1024 * 1024;
const mostNames = 5;

export interface Baked {
  readonly files: readonly ManifestFile[];
  readonly bodyOf: (file: ManifestFile) => Body;
  /** CDN_URL of the environment that the files come from. */
  readonly url: string;
  readonly environment: string;
}

/** Throws URL_BAKED, with the names, where text files hold the URL that they were built for: they would still point there. */
export async function refuseBakedUrl({ files, bodyOf, url, environment }: Baked): Promise<void> {
  const pattern = makeUrlPattern(url);
  const limit = pLimit(sideBySide);
  const texts = files.filter((file) => textTypes.test(file.headers['content-type'] ?? ''));
  const hits = await Promise.all(texts.map((file) => limit(() => holds(bodyOf(file), pattern, url.length * 2))));
  const baked = texts.filter((_, index) => hits[index]).map((file) => file.path);
  if (baked.length === 0) return;
  const more = baked.length > mostNames ? ` and ${baked.length - mostNames} more` : '';
  throw new PlanError(
    'URL_BAKED',
    `${baked.length} of the files to promote ${baked.length === 1 ? 'names' : 'name'} ${url}, the CDN_URL of ${environment}: ${baked.slice(0, mostNames).join(', ')}${more}. Nothing was changed.`,
    {
      hint: 'Build them with relative references, or deploy to the target with its own CDN_URL; --allow-url promotes them as they are.',
    },
  );
}

/** The URL with any scheme or none; its slashes may be escaped, as JSON and JavaScript allow. */
export function makeUrlPattern(url: string): RegExp {
  const rest = url.replace(/^https?:/, '').replace(/\/$/, '');
  const escaped = rest.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('/', '\\\\?/');
  // Behind it the name must end: `https://cdn.example` is not `https://cdn.example.org`.
  return new RegExp(`${escaped}(?![\\w.:-])`, 'i');
}

/** Compares as Latin-1: URLs are ASCII, and no other encoding of a text hides them. */
async function holds(body: Body, pattern: RegExp, overlap: number): Promise<boolean> {
  let tail = '';
  for await (const chunk of body.chunks(chunkBytes)) {
    const text = tail + Buffer.from(chunk).toString('latin1');
    const match = pattern.exec(text);
    // What ends where the chunk ends may be the beginning of another name.
    if (match && match.index + match[0].length < text.length) return true;
    tail = text.slice(-overlap);
  }
  return pattern.test(tail);
}
