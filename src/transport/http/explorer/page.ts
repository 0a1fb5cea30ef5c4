import type { AssetUrl } from '../assets.js';
import { EXPLORER_TABS } from './operations.js';

/**
 * `light-dark()` follows the system until GraphiQL's own setting puts a class on the body. On a narrow screen GraphiQL's
 * answer goes below the question, where it would leave it no width.
 */
const STYLES = `
  body { display: flex; flex-direction: column; height: 100dvh; color-scheme: light dark; }
  body.graphiql-light { color-scheme: light; }
  body.graphiql-dark { color-scheme: dark; }
  #graphiql { flex: 1; min-height: 0; }
  noscript { padding: 16px; }
  #token {
    display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; padding: 10px 16px;
    font: 15px/1.4 Roboto, sans-serif;
    color: light-dark(hsl(219 28% 22%), hsl(219 29% 88%)); background: light-dark(hsl(219 28% 96%), hsl(219 29% 14%));
  }
  #token label { font-weight: 500; }
  #access-token {
    flex: 1 1 240px; min-width: 0; box-sizing: border-box; padding: 6px 10px; border-radius: 6px;
    font: 13px/1.4 'Fira Code', monospace; color: inherit; background: light-dark(#fff, hsl(219 29% 20%));
    border: 1px solid light-dark(hsl(219 14% 50%), hsl(219 14% 60%));
  }
  #access-token:focus-visible { outline: 2px solid light-dark(hsl(242 51% 51%), hsl(243 100% 77%)); outline-offset: 1px; }
  #token-note { font-size: 13px; color: light-dark(hsl(219 20% 36%), hsl(219 24% 74%)); }
  @media (max-width: 640px) {
    #graphiql #graphiql-session { flex-direction: column; }
    #graphiql #graphiql-session > .graphiql-horizontal-drag-bar { display: none; }
  }
`;

/** The explorer's page. Everything that it loads is of our own origin; what is inline is data, not code. */
export function explorerPage(url: AssetUrl): string {
  const settings = {
    tabs: EXPLORER_TABS,
    workers: {
      editorWorkerService: url('editor-worker.js'),
      json: url('json-worker.js'),
      graphql: url('graphql-worker.js'),
    },
  };
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Fluxgate Explorer</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${url('graphiql.css')}">
    <style>${STYLES}</style>
    <script type="application/json" id="explorer-settings">${scriptSafe(JSON.stringify(settings))}</script>
    <script defer src="${url('graphiql.js')}"></script>
    <script type="module" src="${url('page.js')}"></script>
  </head>
  <body>
    <header id="token">
      <label for="access-token">Access token</label>
      <input id="access-token" type="text" autocomplete="off" autocapitalize="off" spellcheck="false"
        placeholder="Filled by Signup, Login and Refresh" aria-describedby="token-note">
      <span id="token-note">Sent with what you run here; forgotten with the page.</span>
    </header>
    <main id="graphiql"><noscript>The explorer needs JavaScript.</noscript></main>
  </body>
</html>
`;
}

/** JSON that cannot close the element it stands in. */
function scriptSafe(json: string): string {
  return json.replaceAll('<', '\\u003c');
}
