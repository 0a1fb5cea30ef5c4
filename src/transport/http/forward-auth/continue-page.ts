/**
 * A page that goes on by itself. What it starts is a navigation of its own origin, where a redirect would still be one of
 * the site that it began at.
 *
 * @param url of our own making, with everything that came from outside percent-encoded.
 */
export function continuePage(url: string): string {
  const href = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="refresh" content="0; url=${href}">
    <title>One moment</title>
  </head>
  <body><p><a href="${href}">Continue</a></p></body>
</html>
`;
}
