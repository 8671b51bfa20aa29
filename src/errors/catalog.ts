export interface ErrorSpec {
  readonly exitCode: number;
  /** One sentence for docs/errors.md. */
  readonly title: string;
  /** What usually helps, for docs/errors.md. */
  readonly help: string;
}

/** Every error that Waybill raises on purpose. Codes are permanent; docs/errors.md is generated from this table. */
export const catalog = {
  INTERNAL: {
    exitCode: 1,
    title: 'A bug in Waybill.',
    help: 'Run again with --debug and report the output.',
  },
  USAGE: {
    exitCode: 2,
    title: 'A command, flag or value is not known or does not fit.',
    help: 'See `waybill <command> --help`.',
  },
  CONFIG_NOT_FOUND: {
    exitCode: 2,
    title: 'There is no configuration file here or in a parent folder.',
    help: 'Run `waybill init`, or name the file with --config.',
  },
  CONFIG_AMBIGUOUS: {
    exitCode: 2,
    title: 'One folder holds two configuration files.',
    help: 'Remove all but one, or name the file with --config.',
  },
  CONFIG_UNREADABLE: {
    exitCode: 2,
    title: 'The configuration file cannot be read, parsed or run.',
    help: 'The message holds what the parser said and where.',
  },
  CONFIG_INVALID: {
    exitCode: 2,
    title: 'The configuration has a wrong key or value.',
    help: 'The message names the path in the file and what was expected there.',
  },
  ENVIRONMENT_UNKNOWN: {
    exitCode: 2,
    title: 'No environment of that name is configured, or none was named.',
    help: 'Choose one of the environments that the message lists with --env.',
  },
  PROVIDER_UNKNOWN: {
    exitCode: 2,
    title: 'No origin or edge of that id exists.',
    help: 'Choose one of the ids that the message lists.',
  },
  PACKAGE_MISSING: {
    exitCode: 2,
    title: 'A provider needs a package that is not installed.',
    help: 'Install it with the command in the message.',
  },
  SOURCE_MISSING: {
    exitCode: 2,
    title: 'A source folder does not exist or cannot be read.',
    help: 'Build the application first, or correct the path.',
  },
  SOURCE_EMPTY: {
    exitCode: 2,
    title: 'A source has no files to deploy.',
    help: 'Build the application first, or look at the ignore rules.',
  },
  SOURCE_COLLISION: {
    exitCode: 2,
    title: 'Two sources claim the same path.',
    help: 'Give one of them a prefix, ignore one file, or set `collisions` to `first` or `last`.',
  },
  SOURCE_SYMLINK: {
    exitCode: 2,
    title: 'A symbolic link leaves its source, goes in circles or points to nothing.',
    help: 'Copy the target into the source, or ignore the link.',
  },
  SOURCE_NAME: {
    exitCode: 2,
    title:
      'A file name cannot be a key: it holds a newline, CR or NUL, is no valid UTF-8, or is too long for the origin.',
    help: 'Rename or ignore the file.',
  },
  SOURCE_TOO_LARGE: {
    exitCode: 2,
    title: 'A file is larger than the origin can store.',
    help: 'Split or ignore the file.',
  },
  PYTHON_MISSING: {
    exitCode: 2,
    title: 'The Python that a Django source needs is not there or does not start.',
    help: 'Set `python` on the source, or describe the source with `dirs` and `apps`, which needs no Python.',
  },
  DJANGO_MISSING: {
    exitCode: 2,
    title: 'The Python that was found has no Django.',
    help: 'Set `python` on the source to the one of the project, or install the project into it.',
  },
  DJANGO_FAILED: {
    exitCode: 2,
    title: 'Django did not start, or could not list the static files.',
    help: 'The message ends with what Django said. `python manage.py collectstatic --dry-run` should fail likewise.',
  },
  DJANGO_UNSUPPORTED: {
    exitCode: 2,
    title: 'The Django project makes names that Waybill cannot make.',
    help: 'The message says what; `fingerprint` on the source may be `auto` or `none`.',
  },
  DJANGO_REFERENCE_MISSING: {
    exitCode: 2,
    title: 'A style sheet or script refers to a static file that does not exist.',
    help: 'Correct the reference or ship the file; `lenient: true` on the source keeps such references and warns.',
  },
  DJANGO_PATH: {
    exitCode: 2,
    title: 'A reference leads out of the static files or is no URL, or a file can have no hashed name.',
    help: 'Correct the reference, or rename or ignore the file.',
  },
  DJANGO_ENCODING: {
    exitCode: 2,
    title: 'A style sheet or script is not valid UTF-8, so that its references cannot be rewritten.',
    help: 'Save the file as UTF-8, or ignore it.',
  },
  DJANGO_CYCLE: {
    exitCode: 2,
    title: 'Static files refer to each other in a circle, so that none can be named by its content.',
    help: 'Move what both need into a third file, or ignore one of them.',
  },
  EXTERNAL_MISMATCH: {
    exitCode: 2,
    title: 'A file of `externals` has other bytes here than its `integrity` says.',
    help: 'Correct the digest, or take the same version of the file.',
  },
  HEADER_UNSUPPORTED: {
    exitCode: 2,
    title: 'A header rule sets a header that the origin cannot store.',
    help: 'Set that header at the edge instead.',
  },
  OUTPUT_FAILED: {
    exitCode: 3,
    title: 'The version is live, but an output file could not be written.',
    help: 'Correct the path or its permissions and deploy again; nothing is uploaded twice.',
  },
  SOURCE_CHANGED: {
    exitCode: 5,
    title: 'A source file changed while it was being deployed.',
    help: 'Wait until the build is finished and run again.',
  },
  APPLY_FAILED: {
    exitCode: 3,
    title: 'The run failed after it had changed something at the origin.',
    help: 'Run again to finish, or roll back. The message says what visitors see now.',
  },
  INVALIDATION_OWED: {
    exitCode: 3,
    title: 'The version is live, but an edge did not accept its invalidation.',
    help: 'Run again: what is owed is paid first.',
  },
  FOREIGN_OBJECTS: {
    exitCode: 4,
    title: 'Objects that Waybill did not write stand at wanted keys, with other bytes.',
    help: 'Pass --adopt to take them over (old bodies are kept), or choose another prefix.',
  },
  IMMUTABLE_CHANGED: {
    exitCode: 4,
    title: 'A file whose name says that its content never changes has other content than before.',
    help: 'Give the file a new name, or make it mutable with a `classes` rule.',
  },
  LIMIT_EXCEEDED: {
    exitCode: 4,
    title: 'The plan changes more than `limits` allows.',
    help: 'The message holds the numbers. Look at the plan; pass --allow-large if it is meant.',
  },
  URL_BAKED: {
    exitCode: 4,
    title: 'Files to promote hold the CDN_URL of the environment that they come from.',
    help: 'Build them without a fixed URL, or deploy to the target instead; --allow-url promotes them as they are.',
  },
  OLDER_COMMIT: {
    exitCode: 4,
    title: 'The commit to deploy is older than the live one.',
    help: 'Deploy the newer commit. `waybill rollback` goes back; --allow-older lets an older commit replace a newer one.',
  },
  PROTECTED: {
    exitCode: 4,
    title: 'The environment is protected and nobody confirmed the run.',
    help: 'Confirm at the prompt, or pass --yes.',
  },
  STRIP_UNSAFE: {
    exitCode: 4,
    title: 'Files that `strip --delete` would delete are not committed, or nobody confirmed.',
    help: 'Commit or restore the files that the message names; without a terminal pass --yes. Nothing was deleted.',
  },
  LOCATION_SHARED: {
    exitCode: 4,
    title: 'Two environments share a location, or one lies inside the other.',
    help: 'Give each environment a bucket, folder or prefix of its own.',
  },
  STATE_FOREIGN: {
    exitCode: 4,
    title: 'The location belongs to another project.',
    help: 'Choose another prefix, or set `project` to the name in the message.',
  },
  STATE_NEWER: {
    exitCode: 4,
    title: 'A newer Waybill wrote the state at the origin.',
    help: 'Update Waybill.',
  },
  STATE_DAMAGED: {
    exitCode: 4,
    title: 'The state at the origin is damaged or incomplete.',
    help: 'See "Recovery by hand" in docs/reliability.md.',
  },
  NOT_RESTORABLE: {
    exitCode: 4,
    title: 'Files of the wanted version are no longer at the origin.',
    help: 'Choose another version, or check the old commit out and deploy it.',
  },
  STAGE_INCOMPLETE: {
    exitCode: 4,
    title: 'Parts of the version are not staged yet.',
    help: 'Run the shards that the message names, then activate. Nothing was changed.',
  },
  SHARDS_DIFFER: {
    exitCode: 5,
    title: 'Two shards of one CI run have different files.',
    help: 'The message names the first difference. Build once and give all shards the same files, as an artifact.',
  },
  TAKEDOWN_LIVE: {
    exitCode: 4,
    title: 'A takedown names files of the live version.',
    help: 'Deploy without these files first: the live version must stay whole. Nothing was removed.',
  },
  NOTHING_LIVE: {
    exitCode: 4,
    title: 'There is no version that the command could work on.',
    help: 'Deploy first, or see `waybill versions`.',
  },
  VERSION_UNKNOWN: {
    exitCode: 2,
    title: 'No version of that number exists.',
    help: 'See `waybill versions`.',
  },
  PLAN_UNREADABLE: {
    exitCode: 2,
    title: 'The plan file is missing, damaged, edited by hand or of another format.',
    help: 'Make it again with `waybill plan --out`.',
  },
  PLAN_STALE: {
    exitCode: 5,
    title: 'The live version, the origin or the source is no longer what the plan was made for.',
    help: 'Plan again, or pass --replan.',
  },
  LOCK_HELD: {
    exitCode: 5,
    title: 'Another run holds the lock of this environment.',
    help: 'Wait for it, raise --lock-timeout, or `waybill unlock` if that run is dead.',
  },
  LOCK_LOST: {
    exitCode: 5,
    title: 'The lock was lost while the run went on.',
    help: 'Another run took over; see `waybill status`.',
  },
  PROVIDER_AUTH: {
    exitCode: 6,
    title: 'The provider refused the credentials or a permission is missing.',
    help: 'The message names the permission where the vendor tells it.',
  },
  PROVIDER_MISSING: {
    exitCode: 6,
    title: 'A bucket, folder, distribution or object does not exist.',
    help: 'Create it, or correct the name in the configuration.',
  },
  PROVIDER_CONFLICT: {
    exitCode: 5,
    title: 'Somebody else wrote the same object at the same time.',
    help: 'Run again.',
  },
  PROVIDER_REJECTED: {
    exitCode: 6,
    title: 'The provider refused the request.',
    help: 'The message holds what the vendor said.',
  },
  PROVIDER_THROTTLED: {
    exitCode: 7,
    title: 'The provider went on asking us to slow down.',
    help: 'Run again later, or lower --concurrency.',
  },
  PROVIDER_UNAVAILABLE: {
    exitCode: 7,
    title: 'The provider did not answer within the retry budget.',
    help: 'Run again later, or raise --retry-budget.',
  },
  VERIFICATION_FAILED: {
    exitCode: 8,
    title: 'What CDN_URL answers is not what the live version holds, or it could not be asked after a deploy.',
    help: 'The table, or `problems` in the JSON document, says which files and how. `waybill rollback` goes back.',
  },
  INTERRUPTED: {
    exitCode: 130,
    title: 'The run was ended by a signal (130 SIGINT, 143 SIGTERM).',
    help: 'Run again to finish. The message says what visitors see now.',
  },
} as const satisfies Record<string, ErrorSpec>;

export type Code = keyof typeof catalog;
