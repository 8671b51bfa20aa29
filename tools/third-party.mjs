import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takenFrom } from './lighter.mjs';
import { root } from './root.mjs';

/** Licences that allow bundling with nothing but their text. Others need a look by a person. */
const allowed = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '(MIT OR Apache-2.0)']);

/** Writes the licence of every package of which something ended up in the bundle. */
export function writeThirdPartyLicenses(metafile, file) {
  const packages = listBundled(metafile).map(readPackage);
  const byText = new Map();
  for (const one of packages) byText.set(one.text, [...(byText.get(one.text) ?? []), one]);
  const sections = [...byText].map(([text, group]) => {
    const names = group.map((one) => `- ${one.name} ${one.version} (${one.license})`).join('\n');
    return `${names}\n\n\`\`\`\`text\n${text}\n\`\`\`\`\n`;
  });
  const intro = 'Waybill is distributed together with parts of these packages, under these licences.';
  writeFileSync(file, `# Third-party licences\n\n${intro}\n\n${sections.join('\n')}`);
}

function listBundled(metafile) {
  const used = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([input]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]),
  );
  return [...new Set([...used, ...takenFrom].filter((folder) => folder !== undefined))].sort();
}

function readPackage(folder) {
  const path = join(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  if (!allowed.has(license)) throw new Error(`${name} ${version}: licence ${license} is not in tools/third-party.mjs`);
  return { name, version, license, text: readText(path) ?? `No licence text is packed; its licence is ${license}.` };
}

function readText(path) {
  const texts = readdirSync(path)
    .filter((name) => /^(licen[cs]e|notice|copying)(\.|$)/i.test(name))
    .sort()
    .map((name) => readFileSync(join(path, name), 'utf8').replaceAll('\r\n', '\n').trim());
  return existsSync(path) && texts.length > 0 ? texts.join('\n\n') : undefined;
}
