// Drawn signs, one line each; always beside a word or with a label.
import { html } from "./lib.js";

const PATHS = {
  camera: "M4 8h3l2-3h6l2 3h3v11H4z M12 10.2a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6",
  gallery: "M4 5h16v14H4z M4 16l5-5 4 4 3-3 4 4 M15.5 8.5h.01",
  note: "M5 4h14v12l-4 4H5z M15 20v-4h4 M8 9h8 M8 13h5",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13 M15.5 15.5L20 20",
  close: "M6 6l12 12 M18 6L6 18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  tablet: "M6 3h12v18H6z M11 18h2",
  server: "M5 12.5l4.5 4.5L19 7.5 M3 12.5l2 2 M12.5 15.5L14.5 17.5 M24 7.5",
  offline: "M4 4l16 16 M8.5 15.5a5 5 0 0 1 7 0 M5 12a10 10 0 0 1 5-2.7 M14.5 9.4A10 10 0 0 1 19 12 M12 19h.01",
  warning: "M12 4l9 16H3z M12 10v5 M12 17.5h.01",
  undo: "M9 6L4 11l5 5 M4 11h10a6 6 0 0 1 0 12",
  trash: "M5 7h14 M9 7V4h6v3 M7 7l1 13h8l1-13",
  arrow: "M5 19L19 5 M11 5h8v8",
  box: "M4 6h16v12H4z",
  text: "M5 6V4h14v2 M12 4v16 M9 20h6",
  mosaic: "M4 4h5v5H4z M15 4h5v5h-5z M9.5 9.5h5v5h-5z M4 15h5v5H4z M15 15h5v5h-5z",
  pen: "M4 20l1-4L16 5l3 3L8 19z",
  star: "M12 4l2.5 5 5.5.8-4 3.9 1 5.5-5-2.6-5 2.6 1-5.5-4-3.9 5.5-.8z",
  list: "M8 6h12 M8 12h12 M8 18h12 M4 6h.01 M4 12h.01 M4 18h.01",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7 M3 20c0-4 3-6 6-6s6 2 6 6 M16 4.5a3.5 3.5 0 0 1 0 6.5 M18 14.5c2 .8 3 2.8 3 5.5",
  send: "M4 12l16-8-5 16-3.5-6.5z",
  refresh: "M19 12a7 7 0 1 1-2-5 M19 4v4h-4",
  plus: "M12 5v14 M5 12h14",
  flag: "M6 21V4h12l-3 4 3 4H6",
};

export const Icon = ({ name, size = 22 }) => html`
  <svg class="icon" width=${size} height=${size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
    stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
