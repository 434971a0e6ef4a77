// The one place that names the libraries' addresses.
import { Component, h, html, render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState }
  from "/tablet/lib/htm/preact/standalone.module.js";

export { html, render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState };
export { openDB } from "/tablet/lib/idb/build/index.js";
export { default as SignaturePad } from "/tablet/lib/signature_pad/dist/signature_pad.js";

/** A component that is drawn again only when one of its properties is another one: fifty items stay still. */
export function memo(draw) {
  return class extends Component {
    shouldComponentUpdate(next, nextState) {
      if (nextState !== this.state) return true; // one of its own hooks asked for it
      const before = this.props;
      for (const key in next) if (key !== "children" && next[key] !== before[key]) return true;
      for (const key in before) if (!(key in next)) return true;
      return false;
    }
    render(props) {
      return draw(props);
    }
  };
}

const listeners = new Map(); // topic → Set of functions

/** Tell everybody who watches one of these topics. */
export function announce(...topics) {
  for (const topic of topics) for (const listener of listeners.get(topic) ?? []) listener();
}

/** Call `listener` at every announcement of `topic`; returns the way to stop. */
export function watch(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
  return () => listeners.get(topic).delete(listener);
}

/** Draw the component that calls this again at every announcement of the topics. */
export function useTopics(...topics) {
  const [, again] = useState(0);
  useLayoutEffect(() => {
    const stops = topics.map((topic) => watch(topic, () => again((n) => n + 1)));
    return () => stops.forEach((stop) => stop());
  }, topics);
}

const HIDDEN_PAUSE = 150; // ms; a page that is not seen is not painted

/** Do something once what was changed so far is on the screen. */
export function afterPaint(work) {
  const done = () => { clearTimeout(timer); channel.port1.close(); work(); };
  const channel = new MessageChannel(); // its message comes after the frame
  channel.port1.onmessage = done;
  const timer = setTimeout(done, HIDDEN_PAUSE);
  requestAnimationFrame(() => channel.port2.postMessage(0));
}

/** Like `useTopics`, but only once the screen was painted: what the finger touched comes first, the rest follows. */
export function useTopicsAfterPaint(...topics) {
  const [, again] = useState(0);
  useLayoutEffect(() => {
    let waiting = false;
    let gone = false;
    const stops = topics.map((topic) => watch(topic, () => {
      if (waiting) return;
      waiting = true;
      afterPaint(() => { waiting = false; if (!gone) again((n) => n + 1); });
    }));
    return () => { gone = true; stops.forEach((stop) => stop()); };
  }, topics);
}

/** Like `useTopics`, but after the screen was painted and at most every `pause` ms: for sums, not for taps. */
export function useTopicsLater(topic, pause = 120) {
  const [, again] = useState(0);
  useEffect(() => {
    let timer = null;
    const stop = watch(topic, () => {
      timer ??= setTimeout(() => { timer = null; again((n) => n + 1); }, pause);
    });
    return () => { stop(); clearTimeout(timer); };
  }, [topic]);
}

export { h };
