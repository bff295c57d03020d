import type { Guest as HostGuest, Limits, Line } from 'wasock-host';

export type { Lifecycle, Limits, Line, Report, Sums } from 'wasock-host';
export { HostError } from 'wasock-host';

/** Where a guest may connect to: one or more rules. A page is not told addresses. */
export interface Network {
  /** Names that are forbidden: `example.com`, or `*.example.com` for all below it. */
  blockHostnames?: string[] | undefined;
  /** A text that it returns forbids an attempt; what is neither a text nor undefined forbids it too. */
  checkName?: ((host: string, port: number) => string | undefined) | undefined;
}

export interface GuestOptions {
  /** Where the guest may connect to: `all`, or rules. Nowhere without it. */
  network?: 'all' | Network | undefined;
  /** Its variables. It gets no others. */
  env?: Record<string, string> | undefined;
  /** Takes the lines of its console; without it they go to the browser's. */
  log?: ((line: Line) => void) | undefined;
  /** Bounds that differ from the defaults. */
  limits?: Limits | undefined;
  /** The name of the scenario that it is told. */
  scenario?: string | undefined;
  /** Changes what it imports: interfaces by their names without versions. */
  wrap?: ((imports: Record<string, object>) => Record<string, object>) | undefined;
}

/** An instance of a component. */
export interface Guest extends Omit<HostGuest, 'close' | 'stop'> {
  /** Ends it and its connections. */
  close(): void;
}

/**
 * Makes an instance of a component of which `wasock-browser` has made a page; `guest` is where its `guest.mjs` is.
 *
 * @throws {HostError} an option is wrong
 */
export function instantiate(guest: string | URL, options?: GuestOptions): Promise<Guest>;

/** Whether this browser can suspend WebAssembly that waits for a promise. */
export const hasJspi: boolean;
