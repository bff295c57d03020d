/**
 * All files of a page that runs a guest: contents by path, with `/` between folders.
 *
 * @throws {HostError} it is no component, or no test
 */
export function site(component: string | URL | Uint8Array): Promise<Map<string, Uint8Array>>;
