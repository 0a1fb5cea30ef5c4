import type { AuthConfig } from '../../../auth/queries.js';
import type { AssetUrl } from '../assets.js';

/**
 * The page's shell: forms for who is signed out, and the place for sessions. It holds nothing of anybody, so that it may
 * lie in a browser's history; its script asks for the rest.
 *
 * @param returnTo decided to be safe; where a sign-in leads to. null: it stays here.
 */
export function accountPage(url: AssetUrl, config: AuthConfig, returnTo: string | null): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Account</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${url('account.css')}">
    <script type="module" src="${url('account.js')}"></script>
  </head>
  <body>
    <main>
      <h1>Account</h1>
      <noscript><p>This page needs JavaScript.</p></noscript>
      <p id="status" role="status"></p>
      <p id="problem" role="alert"></p>
      ${signedOut(config, returnTo)}
      ${signedIn(returnTo)}
    </main>
  </body>
</html>
`;
}

function signedOut({ signupEnabled, passwordMinLength, providers }: AuthConfig, returnTo: string | null): string {
  return `<div id="signed-out" hidden>
        <section aria-labelledby="sign-in-title">
          <h2 id="sign-in-title">Sign in</h2>
          <form id="sign-in">
            ${input('sign-in', 'email', 'E-mail', 'type="email" autocomplete="username" maxlength="254"')}
            ${input('sign-in', 'password', 'Password', 'type="password" autocomplete="current-password"')}
            <button type="submit">Sign in</button>
          </form>
          ${providers.map((provider) => providerLink(provider, returnTo)).join('\n          ')}
        </section>
        ${signupEnabled ? signUp(passwordMinLength) : ''}
      </div>`;
}

function signUp(passwordMinLength: number): string {
  return `<section aria-labelledby="sign-up-title">
          <h2 id="sign-up-title">Create an account</h2>
          <form id="sign-up">
            ${input('sign-up', 'name', 'Name', 'type="text" autocomplete="name" maxlength="100"')}
            ${input('sign-up', 'email', 'E-mail', 'type="email" autocomplete="username" maxlength="254"')}
            ${input('sign-up', 'password', 'Password', `type="password" autocomplete="new-password" minlength="${passwordMinLength}" aria-describedby="password-note"`)}
            <p id="password-note">At least ${passwordMinLength} characters; better 15 or more.</p>
            <button type="submit">Create an account</button>
          </form>
        </section>`;
}

function signedIn(returnTo: string | null): string {
  const continueLink =
    returnTo === null ? '' : `<p><a id="continue" href="${escaped(returnTo)}">Go on to ${escaped(returnTo)}</a></p>`;
  return `<div id="signed-in" hidden>
        <p>Signed in as <strong id="who"></strong>.</p>
        ${continueLink}
        <p><button type="button" id="sign-out">Sign out</button></p>
        <section aria-labelledby="sessions-title">
          <h2 id="sessions-title" tabindex="-1">Where you are signed in</h2>
          <ul id="sessions"></ul>
          <p><button type="button" id="end-others">Sign out everywhere else</button></p>
        </section>
      </div>`;
}

function input(form: string, name: string, label: string, attributes: string): string {
  const id = `${form}-${name}`;
  return `<label for="${id}">${label}</label>
            <input id="${id}" name="${name}" ${attributes} required>`;
}

function providerLink(provider: string, returnTo: string | null): string {
  const query = returnTo === null ? '' : `?return_to=${encodeURIComponent(returnTo)}&from=account`;
  const path = `/auth/${encodeURIComponent(provider)}/start${query}`;
  const name = provider.charAt(0).toUpperCase() + provider.slice(1);
  return `<p><a class="button" href="${escaped(path)}">Continue with ${escaped(name)}</a></p>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
