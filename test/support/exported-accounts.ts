import { createHash } from 'node:crypto';

/** What another server's export says of one account. */
export interface ExportedAccount {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly userType: string;
  readonly emailVerified: boolean;
  readonly createdAt: string;
}

/** Account number `n`: the same at every call. Odd ones have a bcrypt hash, even ones argon2, of nobody's password. */
export function exportedAccount(n: number): ExportedAccount {
  const digits = String(n).padStart(12, '0');
  const noise = createHash('sha512').update(digits).digest('base64').replaceAll('=', '');
  return {
    id: `0190a5c4-7b1e-4f00-8000-${digits}`,
    email: `Person.${n}@example.org`,
    name: `Person ${n}`,
    passwordHash:
      n % 2 === 1
        ? `$2b$10$${noise.replaceAll('+', '.').slice(0, 53)}`
        : `$argon2id$v=19$m=65536,t=3,p=4$${noise.slice(0, 22)}$${noise.slice(22, 65)}`,
    userType: n % 3 === 0 ? 'freelancer' : 'client',
    emailVerified: n % 5 === 0,
    createdAt: new Date(Date.UTC(2021, 0, 1) + n * 61_000).toISOString(),
  };
}

/** Accounts `first` to `last`, one a line. */
export function exportedLines(first: number, last: number): string {
  return Array.from({ length: last - first + 1 }, (_, i) => `${JSON.stringify(exportedAccount(first + i))}\n`).join('');
}
