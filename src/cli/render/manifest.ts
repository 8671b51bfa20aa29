import { Buffer } from 'node:buffer';
import type { Manifest, ManifestFile } from '../../model.ts';
import { publicUrl } from '../../plan/url.ts';
import type { Paint } from '../style.ts';
import { renderBytes, renderNumber } from './quantity.ts';
import { renderTable } from './table.ts';
import { cutRows, renderName } from './text.ts';

/** A manifest as `show --json` prints it: files with what a page needs to name them. */
export function toManifestDocument(manifest: Manifest): object {
  const files = manifest.files.map((file) => ({
    path: file.path,
    key: file.key,
    sha256: file.sha256,
    size: file.size,
    class: file.class,
    headers: file.headers,
    integrity: toIntegrity(file.sha256),
    url: publicUrl(manifest.cdnUrl, file.key),
  }));
  return { kind: 'manifest', ...manifest, files };
}

/** The value of an `integrity` attribute: https://www.w3.org/TR/SRI/ */
function toIntegrity(sha256: string): string {
  return `sha256-${Buffer.from(sha256, 'hex').toString('base64')}`;
}

const mostRows = 200;
const commitLength = 12;

export function renderManifest(manifest: Manifest, paint: Paint): string {
  const { source, message, files } = manifest;
  const facts = [
    ['created', manifest.createdAt],
    ['files', `${renderNumber(files.length)}, ${renderBytes(files.reduce((sum, file) => sum + file.size, 0))}`],
    ['CDN_URL', manifest.cdnUrl],
  ];
  if (message !== undefined) facts.push(['message', renderName(message)]);
  if (source.commit !== undefined) {
    const dirty = source.dirty === true ? ', with uncommitted changes' : '';
    const branch = source.branch === undefined ? '' : ` on ${renderName(source.branch)}`;
    facts.push(['commit', `${source.commit.slice(0, commitLength)}${branch}${dirty}`]);
  }
  if (source.runUrl !== undefined) facts.push(['run', renderName(source.runUrl)]);
  const head = paint('bold', `Version ${manifest.version} of ${manifest.environment}`);
  const parts = [head, renderTable(facts, { indent: '  ' }), renderFiles(files), renderElsewhere(manifest)];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Paths that no file above carries: those of public CDNs, and those that share another one's key. */
function renderElsewhere({ externals = {}, aliases = {} }: Manifest): string {
  const rows = [
    ...Object.entries(externals).map(([path, { url }]) => [renderName(path), 'external', renderName(url)]),
    ...Object.entries(aliases).map(([path, key]) => [renderName(path), 'the same as', renderName(key)]),
  ];
  return rows.length === 0 ? '' : renderTable([['PATH', '', 'AT'], ...rows]);
}

function renderFiles(files: readonly ManifestFile[]): string {
  const { shown, hidden } = cutRows(files, mostRows);
  const rows = shown.map((file) => [
    file.class,
    renderBytes(file.size),
    renderName(file.key),
    file.path === file.key ? '' : `from ${renderName(file.path)}`,
    renderName(file.headers['cache-control'] ?? ''),
  ]);
  const table = renderTable([['CLASS', 'SIZE', 'KEY', '', 'CACHE-CONTROL'], ...rows], { right: [1] });
  return hidden === 0 ? table : `${table}\n… and ${renderNumber(hidden)} more (--json lists all)`;
}
