import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Chromium, noChromium, type Page, startChromium } from '../servers/chromium.ts';
import { makeWoff2 } from '../servers/font.ts';
import { makeTree, writeTree } from '../temp.ts';
import { findPort, serve, waybill } from './waybill.ts';

/** What a visitor sees of one version. */
interface Look {
  readonly color: string;
  /** Thousandths of an em that a letter is wide. */
  readonly advance: number;
  readonly text: string;
}

const first: Look = { color: 'rgb(200, 0, 0)', advance: 2000, text: 'module one' };
const second: Look = { color: 'rgb(0, 0, 200)', advance: 3000, text: 'module two' };

/** Style and entry module keep their names; the font and the imported module carry a hash, as bundlers name them. */
function makeSite({ color, advance, text }: Look, hash: string): Record<string, string | Uint8Array> {
  return {
    'dist/app/style.css':
      `@font-face { font-family: Bars; src: url(fonts/bars-${hash}.woff2) format("woff2") }\n` +
      `#text { color: ${color}; font: 20px Bars, monospace }`,
    'dist/app/main.js': `import { text } from './part-${hash}.js';\ndocument.querySelector('#module').textContent = text;`,
    [`dist/app/part-${hash}.js`]: `export const text = '${text}';`,
    [`dist/app/fonts/bars-${hash}.woff2`]: makeWoff2('Waybill Bars', advance),
    // So that a deploy takes a while, and pages are loaded in the middle of it.
    ...Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`dist/more/${i}.txt`, `${text} ${i} `.repeat(500)])),
  };
}

/** The application: a page of another origin than the CDN, so that font and module need CORS. */
async function startApp(cdnUrl: string): Promise<string> {
  const page = `<!doctype html><title>app</title><link rel="icon" href="data:,">
    <link rel="stylesheet" href="${cdnUrl}app/style.css">
    <p id="text" style="display: inline-block">AAAAA</p><p id="module"></p>
    <script type="module" src="${cdnUrl}app/main.js"></script>`;
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page);
  });
  const port = await findPort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${port}/`;
}

/** What the page looks like now. The font is the real one only if five letters are five times its width. */
async function look(page: Page): Promise<Look> {
  const [color, width, text] = (await page.evaluate(`[
    getComputedStyle(document.querySelector('#text')).color,
    document.querySelector('#text').getBoundingClientRect().width,
    document.querySelector('#module').textContent,
  ]`)) as [string, number, string];
  return { color, advance: (width / 5 / 20) * 1000, text };
}

describe.skipIf(noChromium)('in a browser', () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await startChromium();
  });
  afterAll(() => chromium?.close());

  test('a page is whole before, during and after a deploy and a rollback', { timeout: 120_000 }, async () => {
    const url = `http://127.0.0.1:${await findPort()}/static/`;
    const environments = { dev: { origin: { use: 'local', directory: '.cdn' }, url } };
    const config = { project: 'browser', sources: [{ kind: 'directory', path: 'dist' }], environments };
    const cwd = makeTree({ ...makeSite(first, '5d0c1a7e'), 'waybill.config.json': JSON.stringify(config) });
    expect(await waybill(cwd, 'deploy')).toMatchObject({ version: 1 });
    await serve(cwd, url);
    const app = await startApp(url);
    const page = await chromium.openPage();

    const visit = async (): Promise<Look> => {
      const { failures, answers } = await page.load(app);
      expect(failures).toEqual([]);
      for (const name of ['style.css', 'main.js', 'part-', 'bars-']) {
        expect(
          answers.some((answer) => answer.includes(name)),
          `${name} was asked for`,
        ).toBe(true);
      }
      return look(page);
    };
    /** Loads the page over and over while a command runs. */
    const visitDuring = async (command: Promise<unknown>): Promise<Look[]> => {
      const seen: Look[] = [];
      let running = true;
      const ended = command.finally(() => {
        running = false;
      });
      do seen.push(await visit());
      while (running);
      await ended;
      return seen;
    };
    // Each file is of one version or the other; style with its font, and module with its import, belong together.
    const expectWhole = (seen: readonly Look[]) => {
      for (const { color, advance, text } of seen) {
        expect([first, second].map((version) => `${version.color} ${version.advance}`)).toContain(
          `${color} ${advance}`,
        );
        expect([first.text, second.text]).toContain(text);
      }
    };

    expect(await visit()).toEqual(first);
    rmSync(join(cwd, 'dist'), { recursive: true });
    writeTree(cwd, makeSite(second, '9b3f62d4'));
    expectWhole(await visitDuring(waybill(cwd, 'deploy')));
    expect(await visit()).toEqual(second);
    expectWhole(await visitDuring(waybill(cwd, 'rollback')));
    expect(await visit()).toEqual(first);
  });
});

if (noChromium) console.warn(`Browser tests are skipped: ${noChromium}.`);
