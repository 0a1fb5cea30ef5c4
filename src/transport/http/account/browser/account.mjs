/**
 * Runs in the account page. Cookies keep the session; the access token that reads it is kept in this script's memory
 * alone, and is asked for again by a refresh.
 */

/** @typedef {{ path: string[], message: string }} Issue */
/** @typedef {{ __typename: string, code?: string, message?: string, issues?: Issue[], accessToken?: string }} Result */
/**
 * @typedef {{ id: string, deviceName: string, isCurrent: boolean, ipAddress: string | null, lastUsedAt: string }} Session
 */
/** @typedef {{ message: string, extensions: { code: string } }} TopLevelError */

const SIGNED_IN = `__typename ... on AuthPayload { accessToken } ... on Error { code message }
  ... on InvalidInput { issues { path message } }`;
const ENDED = '__typename ... on Error { code message }';
const DOCUMENTS = {
  login: `mutation Login($input: LoginInput!) { result: login(input: $input) { ${SIGNED_IN} } }`,
  signup: `mutation Signup($input: SignupInput!) { result: signup(input: $input) { ${SIGNED_IN} } }`,
  refresh: `mutation Refresh { result: refresh { __typename
    ... on RefreshPayload { accessToken } ... on Error { code message } } }`,
  account: 'query Account { me { email } sessions { id deviceName isCurrent ipAddress lastUsedAt } }',
  revoke: `mutation Revoke($input: RevokeInput! = {}) { result: revoke(input: $input) { ${ENDED} } }`,
  revokeOthers: `mutation RevokeOthers { result: revokeOthers { ${ENDED} } }`,
};
const WENT_WRONG = 'That did not work. Try again in a moment.';
const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** Something that was refused, in words for people. */
class Refusal extends Error {}

/** @type {string | undefined} */
let accessToken;
let busy = false;

onSubmit('sign-in', 'login');
onSubmit('sign-up', 'signup');
element('sign-out').addEventListener('click', () => void act(signOut));
element('end-others').addEventListener('click', () => void act(endOthers));
await act(open);

async function open() {
  if (await refresh()) await showAccount();
  else showSignIn();
  const url = new URL(location.href);
  const refused = url.searchParams.get('error');
  if (refused === null) return;
  url.searchParams.delete('error');
  history.replaceState(null, '', url);
  // A link chooses this text, so only what can be a code is shown.
  const code = /^[A-Z_]{1,40}$/.test(refused) ? ` (${refused})` : '';
  throw new Refusal(`The sign-in did not work${code}. Try again, or sign in another way.`);
}

/**
 * @param {string} formId
 * @param {'login' | 'signup'} operation
 */
function onSubmit(formId, operation) {
  const form = document.getElementById(formId);
  if (!(form instanceof HTMLFormElement)) return; // sign-up may be closed
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void act(async () => {
      for (const field of form.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
      const input = Object.fromEntries(new FormData(form));
      const result = await mutate(DOCUMENTS[operation], { input });
      if (result.accessToken === undefined) return refuse(form, result);
      accessToken = result.accessToken;
      form.reset();
      const link = document.getElementById('continue');
      if (link instanceof HTMLAnchorElement) location.assign(link.href);
      else await showAccount();
      element('sessions-title').focus(); // the form that had it is gone
    });
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {Result} refusal
 */
function refuse(form, { message, issues = [] }) {
  say('problem', message ?? WENT_WRONG);
  const fields = issues.map(({ path }) => form.elements.namedItem(path.at(-1) ?? ''));
  const wrong = fields.filter((field) => field instanceof HTMLInputElement);
  for (const field of wrong) field.setAttribute('aria-invalid', 'true');
  (wrong[0] ?? form.querySelector('input'))?.focus();
}

async function signOut() {
  await mutate(DOCUMENTS.revoke);
  accessToken = undefined;
  showSignIn();
  element('sign-in-email').focus();
  say('status', 'You are signed out.');
}

async function endOthers() {
  expectDone(await mutate(DOCUMENTS.revokeOthers));
  await showAccount();
  element('sessions-title').focus();
  say('status', 'You are signed out everywhere else.');
}

/** @param {Session} session */
async function end({ id, deviceName }) {
  expectDone(await mutate(DOCUMENTS.revoke, { input: { sessionId: id } }));
  await showAccount();
  element('sessions-title').focus();
  say('status', `${deviceName} is signed out.`);
}

function showSignIn() {
  element('signed-in').hidden = true;
  element('signed-out').hidden = false;
  element('sessions').replaceChildren();
}

async function showAccount() {
  const { me, sessions } = /** @type {{ me: { email: string } | null, sessions: Session[] }} */ (
    await ask(DOCUMENTS.account)
  );
  if (!me) return showSignIn();
  element('who').textContent = me.email;
  element('sessions').replaceChildren(...sessions.map(sessionItem));
  element('end-others').hidden = sessions.length < 2;
  element('signed-out').hidden = true;
  element('signed-in').hidden = false;
}

/** @param {Session} session */
function sessionItem(session) {
  const { deviceName, isCurrent, ipAddress, lastUsedAt } = session;
  const about = node('div');
  about.append(node('strong', deviceName), isCurrent ? ' (this one)' : '', node('br'));
  about.append(node('span', [TIME.format(new Date(lastUsedAt)), ipAddress].filter(Boolean).join(', '), 'quiet'));
  const item = node('li');
  item.append(about);
  if (!isCurrent) {
    const button = node('button', 'Sign out');
    button.setAttribute('type', 'button');
    button.setAttribute('aria-label', `Sign out ${deviceName}`);
    button.addEventListener('click', () => void act(() => end(session)));
    item.append(button);
  }
  return item;
}

/**
 * One thing at a time, with what came of the last one out of the way.
 *
 * @param {() => void | Promise<void>} work
 */
async function act(work) {
  if (busy) return;
  busy = true;
  say('status', '');
  say('problem', '');
  try {
    await work();
  } catch (error) {
    say('problem', error instanceof Refusal ? error.message : WENT_WRONG);
  } finally {
    busy = false;
  }
}

/** @returns {Promise<boolean>} whether there is a session to go on with */
async function refresh() {
  ({ accessToken } = await mutate(DOCUMENTS.refresh));
  return accessToken !== undefined;
}

/** @param {Result} result */
function expectDone({ code, message }) {
  if (code !== undefined && code !== 'NOT_FOUND') throw new Refusal(message);
}

/**
 * @param {string} query
 * @param {object} [variables]
 */
async function mutate(query, variables) {
  return /** @type {Result} */ ((await ask(query, variables)).result);
}

/**
 * An operation, and once more with a new access token where the one at hand has expired.
 *
 * @param {string} query
 * @param {object} [variables]
 */
async function ask(query, variables = {}) {
  let answer = await send(query, variables);
  if (answer.errors?.[0]?.extensions.code === 'UNAUTHENTICATED' && accessToken !== undefined) {
    if (!(await refresh())) {
      showSignIn();
      throw new Refusal('Your session has ended. Sign in again.');
    }
    answer = await send(query, variables);
  }
  if (answer.errors) throw new Refusal(answer.errors[0]?.message);
  return answer.data ?? {};
}

/**
 * @param {string} query
 * @param {object} variables
 * @returns {Promise<{ data?: Record<string, unknown> | null, errors?: TopLevelError[] }>}
 */
async function send(query, variables) {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (accessToken !== undefined) headers.set('authorization', `Bearer ${accessToken}`);
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const answer = /** @type {{ data?: Record<string, unknown> | null, errors?: TopLevelError[] }} */ (
    await response.json()
  );
  return answer;
}

/**
 * @param {'status' | 'problem'} where
 * @param {string} text
 */
function say(where, text) {
  element(where).textContent = text;
}

/**
 * @param {string} name
 * @param {string} [text]
 * @param {string} [className]
 */
function node(name, text = '', className = '') {
  return Object.assign(document.createElement(name), { textContent: text, className });
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}
