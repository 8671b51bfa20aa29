const endings =
  /(token|password|passphrase|secret|credentials?|accesskey|accesskeyid|apikey|privatekey|accountkey|storagekey|connectionstring)$/;

/** Whether an option's name says that its value is a secret: `secretAccessKey`, `api_token`, `password`. */
export function isCredential(key: string): boolean {
  return endings.test(key.toLowerCase().replace(/[-_]/g, ''));
}
