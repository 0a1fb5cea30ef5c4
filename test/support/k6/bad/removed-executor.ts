/** k6 2.0 has removed it. */
export const options = { scenarios: { a: { executor: 'externally-controlled', vus: 1 } } };

export default function () {}
