export const options = { thresholds: { tokens_isued: ['count>0'] } };

export default function () {}
