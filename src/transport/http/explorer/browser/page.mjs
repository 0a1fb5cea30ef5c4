/**
 * Runs in the explorer's page, after GraphiQL's own script: opens it with the tabs that the page brings, and sends the
 * access token in the box with every operation.
 */

/** @typedef {{ accessToken?: unknown } | null} Field */
/** @typedef {{ data?: Record<string, Field> | null }} Answer */

/** Kept between visits. Anything else that GraphiQL would keep may hold a password or a token: tabs, headers, history. */
const APPEARANCE = /^graphiql:(theme|visiblePlugin|[a-zA-Z]+Flex)$/;

const settings =
  /** @type {{ tabs: { query: string, variables: string }[], workers: Record<string, string> }} */
  (JSON.parse(element('explorer-settings').textContent));
const tokenBox = /** @type {HTMLInputElement} */ (element('access-token'));
const { renderYogaGraphiQL } =
  /** @type {{ renderYogaGraphiQL: (root: HTMLElement, options: object) => void }} */
  (Reflect.get(globalThis, 'YogaGraphiQL'));

// Whoever sends a link here does not choose what is run.
history.replaceState(null, '', location.pathname);
Reflect.set(globalThis, 'MonacoEnvironment', {
  getWorkerUrl: (/** @type {string} */ _module, /** @type {string} */ label) => settings.workers[label],
});
renderYogaGraphiQL(element('graphiql'), {
  title: 'Fluxgate',
  logo: '',
  defaultTabs: settings.tabs,
  variables: settings.tabs[0]?.variables, // GraphiQL takes the first tab's from here, the others' from the tabs
  shouldPersistHeaders: false,
  storage: appearanceStorage(),
  fetcher: send,
  onEditQuery: () => undefined, // by default it copies the document into the address
});

/**
 * @param {{ query: string, variables?: object, operationName?: string | null }} operation
 * @param {{ headers?: Record<string, string> }} [options] the headers that the editor holds; they win
 */
async function send(operation, { headers: edited } = {}) {
  const headers = new Headers(edited);
  const accessToken = tokenBox.value.trim();
  if (accessToken && !headers.has('authorization')) headers.set('authorization', `Bearer ${accessToken}`);
  headers.set('content-type', 'application/json');

  // Just after a tab is opened, GraphiQL still names the operation of the one before.
  const { query, variables, operationName } = operation;
  const named = operationName && query.includes(operationName) ? { operationName } : {};
  const body = JSON.stringify({ query, variables, ...named });
  const response = await fetch('/graphql', { method: 'POST', headers, body });
  const answer = /** @type {Answer} */ (await response.json());
  for (const field of Object.values(answer.data ?? {})) {
    if (typeof field?.accessToken === 'string') tokenBox.value = field.accessToken;
  }
  return answer;
}

/** localStorage for what GraphiQL looks like; for the rest a memory that ends with the page. */
function appearanceStorage() {
  /** @type {Map<string, string>} */
  const memory = new Map();
  return {
    getItem: (/** @type {string} */ key) =>
      APPEARANCE.test(key) ? localStorage.getItem(key) : (memory.get(key) ?? null),
    setItem: (/** @type {string} */ key, /** @type {string} */ value) =>
      void (APPEARANCE.test(key) ? localStorage.setItem(key, value) : memory.set(key, value)),
    removeItem: (/** @type {string} */ key) =>
      void (APPEARANCE.test(key) ? localStorage.removeItem(key) : memory.delete(key)),
    clear: () => memory.clear(),
    get length() {
      return memory.size;
    },
  };
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}
