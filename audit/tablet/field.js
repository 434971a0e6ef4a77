// A text field that never loses what was typed: kept after a short pause, on leaving it, and when the page is hidden.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./lib.js";

const PAUSE = 900; // ms without a key before the text is recorded

/** `onCommit(text)` is called with the new text only; `rows` > 1 makes it grow with its text. */
export function Field({ label, value, onCommit, rows = 1, limit = 2000, placeholder = "", disabled = false, hint = "", type = "text" }) {
  const [text, setText] = useState(value ?? "");
  const box = useRef(null);
  const held = useRef({ pending: false });
  held.current.value = value ?? "";
  held.current.text = text;
  held.current.onCommit = onCommit;
  const commit = () => {
    clearTimeout(held.current.timer);
    if (!held.current.pending) return;
    held.current.pending = false;
    if (held.current.text !== held.current.value) held.current.onCommit(held.current.text);
  };
  useEffect(() => { if (!held.current.pending) setText(value ?? ""); }, [value]);
  useEffect(() => {
    const hide = () => { if (document.hidden) commit(); };
    document.addEventListener("visibilitychange", hide);
    window.addEventListener("pagehide", commit);
    return () => {
      document.removeEventListener("visibilitychange", hide);
      window.removeEventListener("pagehide", commit);
      commit();
    };
  }, []);
  useLayoutEffect(() => {
    if (rows > 1 && box.current && text) {
      box.current.style.height = "auto";
      box.current.style.height = `${box.current.scrollHeight + 2}px`;
    }
  }, [text]);
  const typed = (event) => {
    held.current.text = event.target.value;
    held.current.pending = true;
    setText(event.target.value);
    clearTimeout(held.current.timer);
    held.current.timer = setTimeout(commit, PAUSE);
  };
  const common = { value: text, onInput: typed, onBlur: commit, maxLength: limit, placeholder, disabled, ref: box };
  return html`<label class="field"><span>${label}${hint && html` <small>${hint}</small>`}</span>
    ${rows > 1 ? html`<textarea rows=${rows} ...${common}></textarea>` : html`<input type=${type} ...${common} />`}</label>`;
}

/** Buttons of which one may be on. */
export const Choice = ({ label, options, value, onChange, disabled = false }) => html`
  <div class="choice" role="group" aria-label=${label}>${options.map((option) => html`
    <button type="button" key=${option.value} aria-pressed=${String(value === option.value)} disabled=${disabled}
      onClick=${() => onChange(option.value)}>${option.label}</button>`)}</div>`;
