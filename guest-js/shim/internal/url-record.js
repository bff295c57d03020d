// URLs as the engine parses them. https://url.spec.whatwg.org/

import { native } from 'wasock:native';
import { state } from 'wasock:state';

/** The parts of a URL, named as the attributes of URL, in the order in which the engine gives them. */
const PARTS = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
];

/** Why a text is not a URL. */
export class UrlError extends Error {}

function toRecord(parts) {
  if (typeof parts === 'string') throw new UrlError(parts);
  const record = { __proto__: null };
  for (let i = 0; i < PARTS.length; i++) record[PARTS[i]] = parts[i];
  return record;
}

/** The parts of a URL, which may be relative to a base. They are never changed. Throws a UrlError. */
export function parseUrl(text, base = undefined) {
  if (base !== undefined) return toRecord(native.parseUrl(text, base));
  if (state.urlRecord === null || state.url !== text) {
    state.urlRecord = toRecord(native.parseUrl(text, undefined));
    state.url = text;
  }
  return state.urlRecord;
}

/** A URL with one part set, as the attribute of this name sets it. */
export const withPart = (record, part, value) =>
  toRecord(native.setInUrl(record.href, part, value));

/** Whether a URL names a user or a password. */
export const hasCredentials = (record) => record.username !== '' || record.password !== '';
