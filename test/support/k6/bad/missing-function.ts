export const options = { scenarios: { a: { executor: 'per-vu-iterations', exec: 'signIn' } } };

export function signin() {}
