import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModule } from './load-module.mjs';
import { root } from './root.mjs';

/** Writes the JSON Schema of the configuration, for editors. */
export async function writeSchema(file) {
  const [{ makeJsonSchema }, { catalogs }] = await Promise.all([
    loadModule('src/config/json-schema.ts'),
    loadModule('providers/index.ts'),
  ]);
  const schema = makeJsonSchema({
    origins: await loadOptions(Object.keys(catalogs.origins)),
    edges: await loadOptions(Object.keys(catalogs.edges)),
  });
  writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
}

/** Every provider keeps the schema of its options in options.ts or, if it has few, in index.ts. */
async function loadOptions(ids) {
  const entries = ids.map(async (id) => {
    const own = `providers/${id}/options.ts`;
    const { optionsSchema } = await loadModule(existsSync(join(root, own)) ? own : `providers/${id}/index.ts`);
    if (optionsSchema === undefined) throw new Error(`providers/${id} exports no optionsSchema`);
    return [id, optionsSchema];
  });
  return Object.fromEntries(await Promise.all(entries));
}
