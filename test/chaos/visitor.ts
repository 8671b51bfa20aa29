/** What a visitor has found wrong, and how much was looked at. */
export interface Visits {
  pages: number;
  fetches: number;
  readonly versions: Set<number>;
  readonly problems: string[];
}

/** A site whose every file names its version; stable names and hashed ones, HTML → CSS and modules → images and modules. */
export function makeVisitedSite(version: number): Record<string, string> {
  const hash = (0xcd000000 + version * 7919).toString(16).slice(0, 8);
  const mark = `version=${version};`;
  return {
    'index.html':
      `<!doctype html><!-- ${mark} --><link rel="stylesheet" href="app-${hash}.css">` +
      `<link rel="stylesheet" href="shared.css"><script type="module" src="js/main-${hash}.js"></script>`,
    [`app-${hash}.css`]: `/* ${mark} */ body { background: url(img/bg-${hash}.svg) } p { background: url(img/logo.svg) }`,
    [`img/bg-${hash}.svg`]: `<svg xmlns="http://www.w3.org/2000/svg"><!-- ${mark} --></svg>`,
    [`js/main-${hash}.js`]: `/* ${mark} */ import './chunk-${hash}.js';`,
    [`js/chunk-${hash}.js`]: `/* ${mark} */`,
    'shared.css': `/* ${mark} */ h1 { background: url("img/logo.svg") }`,
    'img/logo.svg': `<svg xmlns="http://www.w3.org/2000/svg"><!-- ${mark} --></svg>`,
    ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`more/${i}.txt`, `${mark} ${i}`])),
  };
}

const references = /(?:href|src)="([^"]+)"|url\("?([^")]+)"?\)|import '([^']+)'/g;
const hashedName = /-[0-9a-f]{8}\./;

/** Loads the page and all that it names, over and over, until told to stop. */
export async function visit(base: string, visits: Visits, isOver: () => boolean): Promise<void> {
  do {
    visits.pages++;
    const version = await load(base, 'index.html', undefined, visits);
    if (version !== undefined) visits.versions.add(version);
  } while (!isOver());
}

/** Resolves with the version of the document. `page` is the version that hashed names must belong to. */
async function load(base: string, path: string, page: number | undefined, visits: Visits): Promise<number | undefined> {
  visits.fetches++;
  const url = new URL(path, base);
  const answer = await fetch(url).catch((error: Error) => error);
  if (answer instanceof Error) return void visits.problems.push(`${url.pathname}: ${answer.message}`);
  const text = await answer.text();
  const version = Number(/version=(\d+);/.exec(text)?.[1]);
  if (answer.status !== 200) return void visits.problems.push(`${url.pathname} of page ${page}: ${answer.status}`);
  if (Number.isNaN(version)) visits.problems.push(`${url.pathname} is of no version: ${text.slice(0, 80)}`);
  if (page !== undefined && hashedName.test(path) && version !== page)
    visits.problems.push(`${url.pathname} is of version ${version} on a page of version ${page}`);
  const named = [...text.matchAll(references)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  await Promise.all(named.map((name) => load(url.href, name, page ?? version, visits)));
  return version;
}
