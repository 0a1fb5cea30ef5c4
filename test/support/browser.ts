import type { Gateway } from './gateway.js';
import { setCookies } from './set-cookies.js';

export const FIREFOX_ON_MACOS = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0';
export const CHROME_ON_ANDROID =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36';

export type Browser<G extends Pick<Gateway, 'gql'> = Gateway> = G & {
  /** By name, as last set; one that was cleared is gone. */
  readonly cookies: Map<string, string>;
};

/** The same gateway, seen through one browser: it keeps cookies and sends the same headers with every request. */
export function openBrowser<G extends Pick<Gateway, 'gql'>>(gateway: G, sent: Record<string, string> = {}): Browser<G> {
  const cookies = new Map<string, string>();
  return {
    ...gateway,
    cookies,
    async gql<T>(document: string, variables?: Record<string, unknown>, headers?: Record<string, string>) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await gateway.gql<T>(document, variables, { ...sent, ...(cookie && { cookie }), ...headers });
      for (const [name, { value }] of setCookies(answer)) {
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      return answer;
    },
  };
}
