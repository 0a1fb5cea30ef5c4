/** What a hash of ours costs: argon2id as in the OWASP Password Storage Cheat Sheet; about 20 ms of one core. */
export const OWN_MEMORY_KIB = 19_456;
export const OWN_PASSES = 2;
