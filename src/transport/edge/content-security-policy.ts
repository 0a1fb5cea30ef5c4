export type Policy = { useDefaults: false; directives: Record<string, string[]> };

/** Answers are data: a browser that renders one may load and run nothing. */
export const contentSecurityPolicy: Policy = {
  useDefaults: false,
  directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
};

const APOLLO_CDN = 'https://*.cdn.apollographql.com';

/** Lets Apollo Sandbox load. The page adds a policy of its own, with a nonce for its scripts; both hold. */
export const sandboxPolicy: Policy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'", "'unsafe-inline'", APOLLO_CDN],
    styleSrc: ["'self'", "'unsafe-inline'", APOLLO_CDN, 'https://fonts.googleapis.com'],
    fontSrc: ['https://fonts.gstatic.com'],
    imgSrc: ["'self'", 'data:', APOLLO_CDN],
    manifestSrc: ["'self'", APOLLO_CDN],
    frameSrc: ['https://sandbox.embed.apollographql.com', 'https://explorer.embed.apollographql.com'],
    connectSrc: ["'self'", APOLLO_CDN],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
};

/**
 * The explorer loads and runs files of our own origin only, its workers included. Styles are the exception: the editor
 * writes `<style>` elements and `style` attributes, and offers no way to give them a nonce.
 */
export const explorerPolicy: Policy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    workerSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    fontSrc: ['data:'],
    imgSrc: ['data:'],
    connectSrc: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
  },
};

/** The account page loads and asks its own origin alone, and nothing of it is inline. */
export const accountPolicy: Policy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ['data:'],
    connectSrc: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
  },
};
