// Writes docs/errors.md from the error catalogue and the flags in docs/cli.md from the list of commands.
// With --check: fails when a page is not what it would write.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModule } from './load-module.mjs';
import { root } from './root.mjs';

const [{ catalog }, { commands, commonFlags }] = await Promise.all([
  loadModule('src/errors/catalog.ts'),
  loadModule('src/cli/command-list.ts'),
]);
const pages = {
  'docs/errors.md': () => renderErrors(catalog),
  'docs/cli.md': (old) => replaceFlags(old, renderFlags(commands, commonFlags)),
};

for (const [page, render] of Object.entries(pages)) {
  const file = join(root, page);
  const old = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const text = render(old);
  if (text === old) continue;
  if (process.argv.includes('--check')) {
    console.error(`${page} is stale: run \`npm run docs\`.`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    console.log(`wrote ${page}`);
  }
}

function renderErrors(errors) {
  const sections = Object.keys(errors)
    .sort()
    .map((code) => {
      const { exitCode, title, help } = errors[code];
      return `## ${code}\n\n${title}\n\nExit code ${exitCode}. ${help}\n`;
    });
  const intro = [
    '<!-- Written by `npm run docs` from src/errors/catalog.ts. -->',
    '# Errors',
    'Every error that Waybill raises on purpose. Codes are permanent: a script may compare them. With `--json` the last line of\n' +
      'stderr is `{"kind":"error","code","message","hint","exitCode"}`.',
  ];
  return `${intro.join('\n\n')}\n\n${sections.join('\n')}`;
}

function replaceFlags(page, text) {
  const pattern = /(<!-- flags: [^>]*-->\n)[\s\S]*(<!-- end of flags -->)/;
  if (!pattern.test(page)) throw new Error('docs/cli.md has no place for the flags');
  return page.replace(pattern, (_, start, end) => `${start}\n${text}\n${end}`);
}

function renderFlags(list, common) {
  const sections = list.map((command) => {
    const line = [command.name, ...(command.args ?? []).map((one) => one.argument)].join(' ');
    const rows = [
      ...(command.args ?? []).map((one) => renderRow(one.argument, one.text)),
      ...(command.flags ?? []).map((one) => renderRow(one.flag, one.text)),
    ];
    const table = rows.length === 0 ? '' : `\n${rows.join('\n')}\n`;
    return `### waybill ${escapeAngles(line)}\n\n${upperFirst(command.text)}.\n${table}`;
  });
  const rows = common.map((one) => renderRow(one.flag, one.text));
  return `## Commands\n\n${sections.join('\n')}\n## Common flags\n\n${rows.join('\n')}\n`;
}

function renderRow(flag, text) {
  return `- \`${flag}\`: ${text}`;
}

function escapeAngles(text) {
  return text.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function upperFirst(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
