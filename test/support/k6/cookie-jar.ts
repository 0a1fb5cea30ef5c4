/**
 * The cookies of one iteration: k6 keeps them for a VU and forgets them when its next iteration starts. Of a cookie's
 * attributes only those that delete it matter here.
 */
export class CookieJar {
  readonly #byHost = new Map<string, Map<string, string>>();

  store(host: string, setCookies: readonly string[]): void {
    const cookies = this.#byHost.get(host) ?? new Map<string, string>();
    this.#byHost.set(host, cookies);
    for (const line of setCookies) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      if (/;\s*(max-age=(0|-\d+)\b|expires=thu, 01 jan 1970)/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
  }

  /** The `Cookie` header; undefined where there is none to send. */
  header(host: string): string | undefined {
    const pairs = [...(this.#byHost.get(host) ?? [])].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? undefined : pairs.join('; ');
  }

  clear(): void {
    this.#byHost.clear();
  }
}
