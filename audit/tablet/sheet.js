// Dialogs, notices and the questions before a destructive step.
import { announce, html, useLayoutEffect, useRef, useTopics } from "./lib.js";
import { Icon } from "./icons.js";
import { t } from "./strings.js";

/** A dialog over the page; Escape and the cross close it, the focus stays inside (native <dialog>). */
export function Sheet({ title, onClose, children, wide = false, foot = null }) {
  const self = useRef(null);
  useLayoutEffect(() => { // open before what is inside measures itself, whatever is drawn in between
    const before = document.activeElement;
    self.current.showModal();
    return () => before?.focus?.();
  }, []);
  const cancel = (event) => { event.preventDefault(); onClose(); };
  return html`<dialog class=${wide ? "sheet wide" : "sheet"} ref=${self} aria-label=${title} onCancel=${cancel}>
    <header class="sheet-head"><h2>${title}</h2>
      <button type="button" class="plain" aria-label=${t("Close")} onClick=${onClose}><${Icon} name="close" /></button></header>
    <div class="sheet-body">${children}</div>
    ${foot && html`<footer class="sheet-foot">${foot}</footer>`}
  </dialog>`;
}

const notices = [];

/** Say something briefly at the lower edge; `action` is {label, run} (an undo, for instance). */
export function tell(text, action = null, kind = "plain") {
  const notice = { text, action, kind };
  notices.push(notice);
  announce("notices");
  setTimeout(() => dismiss(notice), action ? 9000 : 6000);
}

function dismiss(notice) {
  const at = notices.indexOf(notice);
  if (at >= 0) notices.splice(at, 1);
  announce("notices");
}

export function Notices() {
  useTopics("notices");
  return html`<div class="notices" role="status" aria-live="polite">${notices.slice(-2).map((notice) => html`
    <div class="notice ${notice.kind}" key=${notice}><span>${notice.text}</span>
      ${notice.action && html`<button type="button" onClick=${() => { notice.action.run(); dismiss(notice); }}>
        ${notice.action.label}</button>`}</div>`)}</div>`;
}

let question = null;

/** Ask before a step that cannot be taken back; resolves to true or false. */
export function ask(title, text, yes, kind = "danger") {
  return new Promise((answer) => {
    question = { title, text, yes, kind, answer };
    announce("question");
  });
}

export function Question() {
  useTopics("question");
  if (!question) return null;
  const { title, text, yes, kind, answer } = question;
  const close = (value) => () => { question = null; announce("question"); answer(value); };
  return html`<${Sheet} title=${title} onClose=${close(false)} foot=${html`
    <button type="button" class="quiet" onClick=${close(false)}>${t("Cancel")}</button>
    <button type="button" class=${kind} onClick=${close(true)}>${yes}</button>`}><p>${text}</p><//>`;
}
