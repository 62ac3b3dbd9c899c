/** Passwords of local accounts: scrypt (RFC 7914), with its parameters beside the hash. */
import { randomBytes, randomInt, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { DomainError } from '../errors.ts';

const COST = 2 ** 16;
const BLOCK_SIZE = 8;
const PARALLELISM = 1;
const HASH_LENGTH = 32;
/** One computation takes 64 MiB: so many at once, the others wait. */
const MOST_AT_ONCE = 2;
const MOST_WAITING = 50;

/** Fewest code points of a password. */
export const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 256;
/** Without look-alikes. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** @throws DomainError `badRequest` that says what is wrong with a new password */
export function assertPasswordFits(password: string): void {
  const length = [...password].length;
  if (length < SHORTEST_PASSWORD || length > LONGEST_PASSWORD) {
    throw new DomainError(
      'badRequest',
      `A password has at least ${SHORTEST_PASSWORD} and at most ${LONGEST_PASSWORD} characters.`,
      { target: 'password' },
    );
  }
}

/** A password nobody chose: 98 bits. */
export function generatePassword(): string {
  const group = () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}

/** @throws DomainError `unavailable` when too many passwords are being checked */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, { N: COST, r: BLOCK_SIZE, p: PARALLELISM });
  return ['scrypt', COST, BLOCK_SIZE, PARALLELISM, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/**
 * Whether the password is the one that was hashed. With no hash at hand the answer is no, after the same work.
 * @throws DomainError `unavailable` when too many passwords are being checked
 */
export async function passwordMatches(password: string, stored: string | undefined): Promise<boolean> {
  const [, cost, blockSize, parallelism, salt, hash] = (stored || NOBODY).split('$');
  const expected = Buffer.from(hash ?? '', 'base64url');
  const options = { N: Number(cost), r: Number(blockSize), p: Number(parallelism) };
  const actual = await derive(password, Buffer.from(salt ?? '', 'base64url'), options);
  return expected.length === actual.length && timingSafeEqual(expected, actual) && Boolean(stored);
}

/** Has the cost of a real hash and matches nothing. */
const NOBODY = ['scrypt', COST, BLOCK_SIZE, PARALLELISM, 'AAAAAAAAAAAAAAAAAAAAAA', 'A'.repeat(43)].join('$');

async function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  await enter();
  try {
    return await new Promise((resolve, reject) => {
      const maxmem = 256 * (options.N ?? 0) * (options.r ?? 0);
      scrypt(password.normalize('NFKC'), salt, HASH_LENGTH, { ...options, maxmem }, (error, key) => {
        if (error) reject(error);
        else resolve(key);
      });
    });
  } finally {
    leave();
  }
}

let running = 0;
const waiting: (() => void)[] = [];

async function enter(): Promise<void> {
  if (running < MOST_AT_ONCE) {
    running++;
    return;
  }
  if (waiting.length >= MOST_WAITING) {
    throw new DomainError('unavailable', 'Too many people sign in at this moment.', { retryAfterSeconds: 10 });
  }
  await new Promise<void>((resolve) => waiting.push(resolve));
}

/** Whoever leaves hands the place to the first in the queue. */
function leave(): void {
  const next = waiting.shift();
  if (next) next();
  else running--;
}
