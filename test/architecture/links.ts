import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** Links of a Markdown file that lead to no file or to no heading of it. Links to the web are not followed. */
export function checkLinks(root: string, file: string): string[] {
  const text = stripCode(readFileSync(join(root, file), 'utf8'));
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => !leadsSomewhere(root, file, link))
    .map((link) => `${file} links to ${link}, which is not there`);
}

/** Files of docs/ that comments and messages name. */
export function checkMentions(root: string, file: string, texts: readonly string[]): string[] {
  return texts
    .flatMap((text) => text.match(/\bdocs\/[\w/-]+\.md\b/g) ?? [])
    .filter((name) => !existsSync(join(root, name)))
    .map((name) => `${file} names ${name}, which is not there`);
}

function leadsSomewhere(root: string, file: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? file : posix.join(posix.dirname(file), path);
  if (!existsSync(join(root, target))) return false;
  if (anchor === undefined) return true;
  return listAnchors(readFileSync(join(root, target), 'utf8')).includes(anchor);
}

/** Anchors as code hosts make them from headings. */
function listAnchors(text: string): string[] {
  return [...stripCode(text).matchAll(/^#+\s+(.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

function stripCode(text: string): string {
  return text.replace(/^(```+)[\s\S]*?^\1/gm, '');
}
