import { SourceError } from '../../errors/errors.ts';

/** What differs between the versions of Django, in the order of their appearance. */
export interface Rules {
  /** `*.js` is rewritten too, for its source map comments. */
  readonly scripts: boolean;
  /** Source map comments of style sheets. */
  readonly styleMaps: boolean;
  /** A source map comment whose URL is left alone vanishes. */
  readonly dropsMaps: boolean;
  /** A reference that is only a fragment stays as it is; before, its quotes were made double. */
  readonly skipsFragments: boolean;
  /** `import` and `export` are understood, if the storage asks for it. */
  readonly modules: boolean;
  /** `staticfiles.json` is of format 1.1, with a hash. */
  readonly hashesManifest: boolean;
  /** `//host/x` is told from a path; before, it was one wherever STATIC_URL begins it. */
  readonly skipsHosts: boolean;
  /** `import * as name`. */
  readonly namespaceImports: boolean;
  /** Both ends of `url("…")` have the same quote. */
  readonly pairedQuotes: boolean;
  /** The paths of `staticfiles.json` are sorted. */
  readonly sortsPaths: boolean;
  /** Comments and strings are skipped, and modules need no semicolons. */
  readonly skipsComments: boolean;
}

const oldest = 302;
/** The newest version whose output has been compared with ours. */
export const newestVersion = '6.1';
const newest = 601;

/** Raises DJANGO_UNSUPPORTED for text that is no version and for versions before 3.2; later ones than 6.1 get the rules of 6.1. */
export function rulesOf(version: string): Rules {
  const release = releaseOf(version);
  return {
    scripts: release >= 400,
    styleMaps: release >= 401,
    dropsMaps: release < 500,
    skipsFragments: release >= 402,
    modules: release >= 402,
    hashesManifest: release >= 402,
    skipsHosts: release >= 501,
    namespaceImports: release >= 502,
    pairedQuotes: release >= 600,
    sortsPaths: release >= 600,
    skipsComments: release >= 601,
  };
}

export function isNewerThanKnown(version: string): boolean {
  return releaseOf(version) > newest;
}

/** 402 for 4.2 and all its patch levels. */
function releaseOf(version: string): number {
  const [, major, minor] = /^(\d{1,3})\.(\d{1,2})(?!\d)/.exec(version) ?? [];
  const release = Number(major) * 100 + Number(minor);
  if (release >= oldest) return release;
  throw new SourceError('DJANGO_UNSUPPORTED', `there are no rules for Django ${JSON.stringify(version)}`, {
    hint: `Name a version from 3.2 to ${newestVersion}, as '5.2'.`,
  });
}
