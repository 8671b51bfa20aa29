/**
 * Never collected unless a `!pattern` asks for them, in gitignore syntax. Matching is case-sensitive as in git, so
 * what holds secrets is written for both cases.
 */
export const neverList: readonly string[] = [
  // Version control, and what it leaves in folders.
  '.git',
  '.gitignore',
  '.gitattributes',
  '.gitmodules',
  '.gitkeep',
  '.hg',
  '.svn',
  // Secrets: environments, credentials, private keys.
  '.[eE][nN][vV]*',
  '.npmrc',
  '.netrc',
  '.pypirc',
  '.htpasswd',
  '.ssh',
  '.aws',
  '.gnupg',
  '*.[pP][eE][mM]',
  '*.[kK][eE][yY]',
  '*.[pP]12',
  '*.[pP][fF][xX]',
  '*.[pP][pP][kK]',
  '*.jks',
  '*.keystore',
  'id_rsa*',
  'id_dsa*',
  'id_ecdsa*',
  'id_ed25519*',
  // Editors.
  '*~',
  '\\#*\\#',
  '.\\#*',
  '*.sw[op]',
  '.*.sw[a-p]',
  '.idea',
  '.vscode',
  // Operating systems.
  '.DS_Store',
  '._*',
  '.AppleDouble',
  '.Spotlight-V100',
  '.Trashes',
  '.fseventsd',
  '[tT]humbs.db',
  '[dD]esktop.ini',
  '$RECYCLE.BIN',
  '.directory',
  '.nfs*',
  // Our own files.
  '.waybillignore',
  'waybill.config.*',
  '.waybill',
];
