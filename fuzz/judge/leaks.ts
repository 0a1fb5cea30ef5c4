/** What stands in no answer, whoever asks, and what else would tell how the gateway is made. */
const FORMS: readonly (readonly [what: string, form: RegExp])[] = [
  ['a password hash', /\$argon2(id|i|d)?\$|\$2[aby]\$\d\d\$/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY|"d":"[\w-]{40,}"/],
];
const ANSWER_FORMS: readonly (readonly [what: string, form: RegExp])[] = [
  ['a stack trace', /\bat [\w.<> ]+ \(?(file:|node:|\/)[^\s)]*:\d+/],
  ['a path of the server', /node_modules|\/dist\/src\//],
  ['SQL', /\b(select\s[^.]{1,200}\sfrom\s|insert into\s|update\s\S+\sset\s|delete from\s)/i],
];
const TOKENS = /fgr_[\w-]{78}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/;

export interface AnsweredText {
  /** Head and body. */
  readonly text: string;
  /** What was sent: to repeat it is another matter. */
  readonly request: string;
  /** What must stand nowhere: the gateway's secret, everybody's passwords. */
  readonly secrets: readonly string[];
  /** Whose tokens and addresses are in the text, and whose credentials were in the request. */
  readonly ownersInAnswer: ReadonlySet<string>;
  readonly owners: ReadonlySet<string>;
}

/** @returns what has leaked, in a word or two; null for nothing. */
export function leakInAnswer({ text, request, secrets, ownersInAnswer, owners }: AnsweredText): string | null {
  if (secrets.some((secret) => text.includes(secret))) return 'a secret or a password';
  for (const [what, form] of [...FORMS, ...ANSWER_FORMS]) {
    const found = form.exec(text)?.[0];
    if (found !== undefined && !request.includes(found)) return what;
  }
  for (const owner of ownersInAnswer)
    if (!owners.has(owner) && !request.includes(owner)) return "another account's token or e-mail address";
  return null;
}

/** The log is for operators: it has stacks and statements, and nothing that can be presented. */
export function leakInLog(line: string, secrets: readonly string[]): string | null {
  if (secrets.some((secret) => line.includes(secret))) return 'a secret or a password';
  const formed = FORMS.find(([, form]) => form.test(line));
  if (formed) return formed[0];
  return TOKENS.test(line) ? 'a token' : null;
}
