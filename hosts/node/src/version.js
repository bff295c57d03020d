import { createRequire } from 'node:module';

/** The version of this package. */
export const { version } = createRequire(import.meta.url)('../package.json');

/** What servers are told where the guest sets no `User-Agent`. */
export const userAgent = `wasock-host/${version}`;
