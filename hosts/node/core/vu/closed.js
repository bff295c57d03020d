// What this host does not offer: each says so, and names itself.
import { code, Refusal } from '../refusal.js';

/** `secrets`: there are none. */
export const noSecrets = () => ({
  get: () => {
    throw 'there are no secrets; --secret-source names a source of them';
  },
});

/** `files`: none is granted. */
export const noFiles = () => ({
  read: (path) => {
    throw `cannot open "${path}": the run does not grant "${path}"`;
  },
});

/** `http`: requests can be made, and each refuses to start. */
export const noHttp = (client) => {
  const refused = 'this host makes no HTTP requests: it does not offer wasock:websocket/http';
  return {
    Request: class {
      #id = client.nextId('operation');
      id() {
        return this.#id;
      }
      start() {
        throw new Refusal(code('other', refused));
      }
      take() {
        return undefined;
      }
    },
    wait: () => {
      throw new Error(refused);
    },
  };
};

/** `cookies`: a jar that takes nothing. */
export const noCookies = () => {
  const refuse = () => {
    throw 'this host keeps no cookies: it does not offer wasock:websocket/cookies';
  };
  class Jar {
    cookies() {
      refuse();
    }
    set() {
      refuse();
    }
    store() {
      refuse();
    }
    remove() {
      refuse();
    }
  }
  return { Jar, current: () => new Jar() };
};
