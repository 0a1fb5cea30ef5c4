/** Follows the system's colours; nothing is told by colour alone. */
export const ACCOUNT_STYLES = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1b1f24, #e8eaed);
  --quiet: light-dark(#4b5563, #b4bcc8);
  --line: light-dark(#6b7280, #8b94a3);
  --paper: light-dark(#ffffff, #16191d);
  --action: light-dark(#1d4ed8, #9dbcff);
  --on-action: light-dark(#ffffff, #10131a);
}
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; color: var(--text); background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 32rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0.5rem 0; }
h2 { font-size: 1.125rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0.5rem 0; overflow-wrap: anywhere; }
a { color: var(--action); }
label { display: block; margin-top: 0.75rem; font-weight: 600; }
input, button, .button { font: inherit; min-height: 2.75rem; border: 1px solid var(--line); border-radius: 0.375rem; }
input { width: 100%; padding: 0.5rem 0.75rem; color: inherit; background: transparent; }
input[aria-invalid='true'] { border-width: 3px; border-style: double; }
button, .button { padding: 0.5rem 1rem; color: var(--text); background: transparent; cursor: pointer; }
.button { display: block; text-align: center; text-decoration: none; }
form button { width: 100%; margin-top: 1rem; color: var(--on-action); background: var(--action); border-color: var(--action); }
button:disabled { cursor: progress; }
:focus-visible { outline: 3px solid var(--action); outline-offset: 2px; }
#status:empty, #problem:empty { display: none; }
#status, #problem { padding: 0.5rem 0.75rem; border: 1px solid var(--line); border-radius: 0.375rem; }
#problem { border-width: 3px; font-weight: 600; }
#password-note, .quiet { color: var(--quiet); font-size: 0.9375rem; }
#sessions { list-style: none; margin: 0; padding: 0; }
#sessions li { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; justify-content: space-between;
  padding: 0.75rem 0; border-top: 1px solid var(--line); }
#sessions li > div { flex: 1 1 12rem; min-width: 0; overflow-wrap: anywhere; }
`;
