import { createRequire } from 'node:module';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const namespace = 'commonjs-names';

/**
 * With code splitting, esbuild gives `import()` of a CommonJS package a default export only, where Node gives its names as well.
 * This plugin for esbuild puts a module with those names in between.
 */
export const namesOfCommonJs = {
  name: namespace,
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir }) => {
      if (kind !== 'dynamic-import' || path.startsWith('node:')) return undefined;
      const target = await resolve(path, { kind: 'import-statement', importer, resolveDir });
      if (target.external || target.errors.length > 0 || !(await isCommonJs(target.path))) return undefined;
      return { path, namespace, pluginData: { file: target.path, resolveDir } };
    });
    onLoad({ filter: /./, namespace }, ({ path, pluginData: { file, resolveDir } }) => {
      const names = Object.keys(require(file)).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default');
      const contents = [
        `import all from ${JSON.stringify(path)};`,
        'export default all;',
        `export const { ${names.join(', ')} } = all;`,
      ];
      return { contents: contents.join('\n'), resolveDir };
    });
  },
};

async function isCommonJs(file) {
  const { metafile } = await build({ entryPoints: [file], write: false, metafile: true, logLevel: 'silent' });
  return Object.values(metafile.inputs).some(({ format }) => format === 'cjs');
}
