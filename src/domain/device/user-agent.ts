import Bowser from 'bowser';
import { LruMap } from 'toad-cache';

export interface UserAgentDescription {
  /**
   * The client without its version, in lower case (`firefox`, `samsung-internet`, `curl`): what makes two requests "the
   * same client". An update never changes it.
   */
  readonly family: string;
  /** For people: `Firefox`. Null when it is not a browser. */
  readonly browser: string | null;
  /** For people, without version: `macOS`. */
  readonly os: string | null;
  /** For people: `Firefox on macOS`. */
  readonly name: string;
}

/** Longer headers are cut: nothing that identifies a client stands behind this. */
const MAX_USER_AGENT_CHARACTERS = 512;
const MAX_PRODUCT_CHARACTERS = 64;

const UNKNOWN: UserAgentDescription = { family: 'unknown', browser: null, os: null, name: 'Unknown device' };

const BROWSERS: ReadonlySet<string> = new Set(Object.values(Bowser.BROWSER_MAP));

/** Where the parser's name is longer than what people call it. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  'Microsoft Edge': 'Edge',
  'Samsung Internet for Android': 'Samsung Internet',
};

/** A client sends the same header with every refresh. */
const MAX_REMEMBERED_HEADERS = 500;
const remembered = new LruMap<UserAgentDescription>(MAX_REMEMBERED_HEADERS);

/**
 * Reads who a User-Agent header says it is. The header proves nothing: good for names and for telling one's own devices
 * apart, never for a permission.
 */
export function describeUserAgent(userAgent: string | null): UserAgentDescription {
  const header = (userAgent ?? '').slice(0, MAX_USER_AGENT_CHARACTERS);
  const known = remembered.get(header);
  if (known) return known;

  const description = describe(header);
  remembered.set(header, description);
  return description;
}

function describe(header: string): UserAgentDescription {
  const text = clean(header);
  if (text === '') return UNKNOWN;

  const { browser, os } = Bowser.parse(text);
  const osName = os.name || null;
  if (!/^(Mozilla|Opera)\//.test(text)) return describeProduct(firstProduct(text), osName);

  const robot = /\bcompatible; ?([\w.-]+)\//.exec(text)?.[1];
  if (robot) return describeProduct(robot, osName);
  if (!browser.name || !BROWSERS.has(browser.name)) return osName ? { ...UNKNOWN, os: osName, name: osName } : UNKNOWN;

  const browserName = isAndroidWebView(text) ? 'Android WebView' : (SHORT_NAMES[browser.name] ?? browser.name);
  return { family: toFamily(browserName), browser: browserName, os: osName, name: joinName(browserName, osName) };
}

/** A program that is no browser: its first product token names it (RFC 9110 §10.1.5). */
function describeProduct(product: string | null, os: string | null): UserAgentDescription {
  if (product === null) return UNKNOWN;
  return { family: toFamily(product), browser: null, os, name: joinName(product, os) };
}

/** `curl` of `curl/8.5.0`, `app` of `app-1.2.3 (…)`: no part of it is a version. */
function firstProduct(text: string): string | null {
  const token = /^[\w.+-]+/.exec(text)?.[0].replace(/[-_]v?\d+(\.\d+)+$/, '');
  return token ? token.slice(0, MAX_PRODUCT_CHARACTERS) : null;
}

/** An app's own window, which shares no cookies with the browser of the same engine. */
function isAndroidWebView(text: string): boolean {
  return /; wv\)/.test(text);
}

function joinName(client: string, os: string | null): string {
  return os ? `${client} on ${os}` : client;
}

function toFamily(client: string): string {
  return client.toLowerCase().replaceAll(' ', '-');
}

function clean(header: string): string {
  return header.replace(/[\p{Cc}\p{Cf}]/gu, '').trim();
}
