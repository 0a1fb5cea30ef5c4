import { hashSync as argon2 } from '@node-rs/argon2';
import { hashSync as bcrypt } from 'bcryptjs';
import { verify } from '../../src/domain/password/hash-worker.js';
import { hashWork, isCostlyHash, isTooCostlyHash, isVerifiableHash } from '../../src/domain/password/stored-hash.js';

const BCRYPT_TAIL = 'N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
const SALT = 'c29tZXNhbHRzb21lc2FsdA';
const TAG = 'C2I6PZO1ZmsAfVnKhJrCmRCuA4eCiNUNIhCVvG1FAW8';
const argon2id = (costs: string, salt = SALT, tag = TAG) => `$argon2id$v=19$${costs}$${salt}$${tag}`;

describe('a hash of another server', () => {
  it.each([
    ['bcrypt 2a', `$2a$10$${BCRYPT_TAIL}`],
    ['bcrypt 2b', `$2b$10$${BCRYPT_TAIL}`],
    ['bcrypt 2y, as PHP writes it', `$2y$10$${BCRYPT_TAIL}`],
    ['bcrypt at the least cost', `$2b$04$${BCRYPT_TAIL}`],
    ['bcrypt at the highest cost that is taken', `$2b$12$${BCRYPT_TAIL}`],
    ['argon2id', argon2id('m=65536,t=3,p=4')],
    ['argon2i', argon2id('m=4096,t=3,p=1').replace('argon2id', 'argon2i')],
    ['argon2d', argon2id('m=4096,t=3,p=1').replace('argon2id', 'argon2d')],
    ['argon2 at the highest costs that are taken', argon2id('m=131072,t=9,p=16')],
    ['argon2 with the least memory of its lanes', argon2id('m=32,t=1,p=4')],
  ])('goes on working: %s', (_, stored) => {
    expect([isVerifiableHash(stored), isTooCostlyHash(stored)]).toEqual([true, false]);
  });

  it.each([
    ['nothing', ''],
    ['plain text', 'sturdy-otter-battery-9'],
    ['MD5', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['SHA-256', 'a'.repeat(64)],
    ['scrypt', '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E'],
    ['PBKDF2', 'pbkdf2_sha256$260000$salt$hash='],
    ['bcrypt 2x, whose hashes are faulty', `$2x$10$${BCRYPT_TAIL}`],
    ['bcrypt without a revision', `$2$10$${BCRYPT_TAIL}`],
    ['bcrypt below the least cost', `$2b$03$${BCRYPT_TAIL}`],
    ['bcrypt that is cut off', `$2b$10$${BCRYPT_TAIL.slice(1)}`],
    ['bcrypt with a character too many', `$2b$10$${BCRYPT_TAIL}a`],
    ['bcrypt with a line end', `$2b$10$${BCRYPT_TAIL}\n`],
    ['bcrypt with a space before it', ` $2b$10$${BCRYPT_TAIL}`],
    ['argon2 of an earlier version', argon2id('m=65536,t=3,p=4').replace('v=19', 'v=16')],
    ['argon2 without a version', argon2id('m=65536,t=3,p=4').replace('$v=19', '')],
    ['argon2 of no kind', argon2id('m=65536,t=3,p=4').replace('argon2id', 'argon2x')],
    ['argon2 with a number of twenty digits', argon2id('m=99999999999999999999,t=1,p=1')],
    ['argon2 with many lanes', argon2id('m=65536,t=3,p=17')],
    ['argon2 without a pass', argon2id('m=65536,t=0,p=1')],
    ['argon2 without a lane', argon2id('m=65536,t=3,p=0')],
    ['argon2 with less memory than its lanes need', argon2id('m=31,t=1,p=4')],
    ['argon2 with a short salt', argon2id('m=65536,t=3,p=4', 'c2FsdA')],
    ['argon2 with a short tag', argon2id('m=65536,t=3,p=4', SALT, 'C2I6')],
    ['argon2 with padding', argon2id('m=65536,t=3,p=4', `${SALT}==`)],
    ['argon2 with a secret in use', argon2id('m=65536,t=3,p=4,keyid=Zm9v')],
  ])('is refused: %s', (_, stored) => {
    expect(isVerifiableHash(stored)).toBe(false);
  });

  it.each([
    ['bcrypt whose check takes half a second', `$2b$13$${BCRYPT_TAIL}`],
    ['bcrypt whose check never ends', `$2b$31$${BCRYPT_TAIL}`],
    ['argon2 with the memory of a machine', argon2id('m=131073,t=1,p=1')],
    ['argon2 with many passes', argon2id('m=131072,t=10,p=1')],
    ['argon2 with little memory and very many passes', argon2id('m=4096,t=305,p=1')],
  ])('is too costly: %s', (_, stored) => {
    expect([isVerifiableHash(stored), isTooCostlyHash(stored)]).toEqual([true, true]);
  });

  it.each([
    ['ours', argon2id('m=19456,t=2,p=1'), 1, false],
    ['argon2 of half the memory', argon2id('m=9728,t=2,p=1'), 1 / 2, false],
    ['argon2 in many lanes, one after the other', argon2id('m=77824,t=4,p=8'), 8, false],
    ['argon2 beyond ten of ours', argon2id('m=97280,t=5,p=1'), 12.5, true],
    ['bcrypt of cost 6', `$2b$06$${BCRYPT_TAIL}`, 1 / 2, false],
    ['bcrypt of cost 10', `$2y$10$${BCRYPT_TAIL}`, 8, false],
    ['bcrypt of cost 11', `$2a$11$${BCRYPT_TAIL}`, 16, true],
    ['bcrypt of a kind that is not imported', `$2x$12$${BCRYPT_TAIL}`, 32, true],
    ['what cannot be read, which is checked as if it were ours', 'sha1:abc', 1, false],
  ])('has the work of %s', (_, stored, work, costly) => {
    expect([hashWork(stored), isCostlyHash(stored)]).toEqual([work, costly]);
  });

  it('is verified by what it was made with, whenever it is taken', () => {
    const dummy = argon2('nobody', { memoryCost: 64, timeCost: 1 });
    const made = [0, 1, 2].flatMap((algorithm) =>
      [8, 16, 64].flatMap((saltBytes) =>
        [12, 32, 64].map((outputLen) =>
          argon2('right', { algorithm, memoryCost: 64, timeCost: 1, outputLen, salt: Buffer.alloc(saltBytes, 7) }),
        ),
      ),
    );
    const all = [...made, ...['$2a$', '$2b$', '$2y$'].map((kind) => bcrypt('right', 4).replace('$2b$', kind))];
    const check = (password: string, stored: string) => verify({ password, stored, dummy });

    expect(all.filter((stored) => !isVerifiableHash(stored))).toEqual([]);
    expect(all.filter((stored) => !check('right', stored))).toEqual([]);
    expect(all.filter((stored) => check('wrong', stored))).toEqual([]);
  });
});
