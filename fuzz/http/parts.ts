/** A request before it is bytes: what a mutation changes. */
export interface RequestParts {
  readonly method: string;
  readonly target: string;
  /** In order, and as often as they are sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** As HTTP/1.1, on a connection that ends with the answer. */
export function encode({ method, target, headers, body }: RequestParts): Buffer {
  const own: (readonly [string, string])[] = [
    ['host', 'localhost'],
    ['connection', 'close'],
  ];
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
  if (body !== undefined) own.push(['content-length', String(bytes.length)]);
  const lines = [...own, ...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'utf8'), bytes]);
}

/** What sends it again from a shell, but for bytes that no argument can hold. */
export function curlCommand(url: string, { method, target, headers, body }: RequestParts): string {
  const options = headers.map(([name, value]) => `--header ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) options.push(`--data-binary ${quoted(body)}`);
  return [`curl --path-as-is --globoff --request ${quoted(method)}`, ...options, quoted(url + target)].join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
