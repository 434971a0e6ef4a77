// The photo editor: arrow, box and text as an overlay beside the untouched original; mosaic for what nobody shall see.
import { Field } from "./field.js";
import { Icon } from "./icons.js";
import { html, useEffect, useRef, useState } from "./lib.js";
import { Safety } from "./marks.js";
import { COLOURS, Overlay } from "./overlay.js";
import { pictureAddress } from "./photo.js";
import { PhotoRivals, whereTaken, worst } from "./photos.js";
import { ask, Sheet } from "./sheet.js";
import { record } from "./state.js";
import { explain, formatInstant, mark, t } from "./strings.js";
import { forgetPhoto } from "./sync.js";

const TOOLS = [
  ["arrow", mark("Arrow")], ["box", mark("Box")], ["text", mark("Text")], ["mosaic", mark("Mosaic")],
];
const PAUSE = 1200; // ms after the last stroke before it is recorded
const SMALLEST = 0.012; // a shorter stroke is a slip of the finger
const BLOCKS = 48; // mosaic blocks along the longer side of a picture
const SOURCES = {
  camera: mark("by this tablet's camera"), gallery: mark("date of the file"), exif: mark("from the photo"), device: mark("by this tablet"),
};

export function Editor({ book, uuid, readOnly, onClose }) {
  const subject = `photo:${uuid}`;
  const body = book.body(subject);
  const [tool, setTool] = useState("arrow");
  const [colour, setColour] = useState(COLOURS[0]);
  const [history, setHistory] = useState([{ overlay: body?.overlay ?? [], mosaic: body?.mosaic ?? [] }]);
  const [writing, setWriting] = useState(-1);
  const drawing = history.at(-1);
  const refused = book.photoSafety(uuid) === "parked" ? book.photoRecords.get(uuid).problem ?? { code: "unknown" } : null;
  useRecorded(book, subject, drawing, history.length > 1);
  if (!body) return null;
  const push = (next) => setHistory((steps) => [...steps, { ...steps.at(-1), ...next }]);
  const remove = async () => {
    if (!(await ask(t("Remove this photo?"), t("It leaves the visit and the report. The record that it was taken stays."), t("Remove")))) return;
    onClose();
    record(book, subject, { ...book.body(subject), removed: true });
    if (refused) await forgetPhoto(book, uuid);
  };
  const draw = (shape) => {
    if (shape.type === "mosaic") {
      const { x1, y1, x2, y2 } = shape;
      push({ mosaic: [...drawing.mosaic, { x: Math.min(x1, x2), y: Math.min(y1, y2), w: Math.abs(x2 - x1), h: Math.abs(y2 - y1) }] });
    } else {
      push({ overlay: [...drawing.overlay, shape] });
      if (shape.type === "text") setWriting(drawing.overlay.length);
    }
  };
  const write = (text) => setHistory((steps) => {
    const { overlay, mosaic } = steps.at(-1);
    return [...steps.slice(0, -1), { mosaic, overlay: overlay.map((shape, n) => (n === writing ? { ...shape, text } : shape)) }];
  });
  const undo = () => { setHistory((steps) => steps.slice(0, -1)); setWriting(-1); };
  const clear = () => { push({ overlay: [], mosaic: [] }); setWriting(-1); };
  return html`<${Sheet} title=${t("Photo")} wide=${true} onClose=${onClose} foot=${html`
      ${!readOnly && html`<button type="button" class="quiet danger-text" onClick=${remove}><${Icon} name="trash" /> ${t("Remove")}</button>`}
      <span class="grow"></span><button type="button" class="primary" onClick=${onClose}>${t("Done")}</button>`}>
    ${refused && html`<p class="banner warning" role="alert"><${Icon} name="warning" /> ${explain(refused)}</p>`}
    <${PhotoRivals} book=${book} uuid=${uuid} onChosen=${onClose} />
    ${!readOnly && html`<div class="editor-tools"><div class="choice" role="group" aria-label=${t("Tool")}>${TOOLS.map(([name, word]) => html`
        <button type="button" key=${name} aria-pressed=${String(tool === name)} onClick=${() => { setTool(name); setWriting(-1); }}>
          <${Icon} name=${name} /> ${t(word)}</button>`)}</div>
      <div class=${tool === "mosaic" ? "colours away" : "colours"} role="group" aria-label=${t("Colour")}>${COLOURS.map((one, n) => html`
        <button type="button" key=${one} class=${`colour c${n}`} aria-pressed=${String(colour === one)} aria-label=${t("Colour {n}", { n: n + 1 })}
          onClick=${() => setColour(one)}></button>`)}</div>
      <span class="grow"></span>
      <button type="button" class="tool" disabled=${history.length < 2} onClick=${undo}><${Icon} name="undo" /> ${t("Undo")}</button>
      <button type="button" class="tool" disabled=${!drawing.overlay.length && !drawing.mosaic.length} onClick=${clear}>${t("Clear all")}</button></div>`}
    <${Stage} uuid=${uuid} drawing=${drawing} tool=${tool} colour=${colour} readOnly=${readOnly} writing=${writing} onDraw=${draw} />
    ${writing >= 0 && html`<${TextBox} key=${writing} onText=${write} onDone=${() => setWriting(-1)} />`}
    ${tool === "mosaic" && !readOnly && html`<p class="hint">${t("Cover faces, numbers and names. The mosaic is burnt into every copy that others see.")}</p>`}
    <${Field} label=${t("Caption")} value=${body.caption} limit=${200} disabled=${readOnly}
      onCommit=${(caption) => record(book, subject, { ...book.body(subject), caption })} />
    <p class="facts"><${Safety} value=${worst(book.photoSafety(uuid), book.safety(subject))} />
      <span>${whereTaken(book)} · ${formatInstant(body.captured_at)} · ${t(SOURCES[body.captured_source] ?? body.captured_source)}</span>
      <span>${body.place ? t("Place {lat}, {lon} (± {m} m)", { lat: body.place.lat.toFixed(5), lon: body.place.lon.toFixed(5), m: Math.round(body.place.accuracy ?? 0) })
        : t("No place recorded")}</span></p>
  <//>`;
}

/** Record the drawing shortly after the last stroke, when the page is hidden, and when the editor closes. */
function useRecorded(book, subject, drawing, touched) {
  const held = useRef({});
  Object.assign(held.current, { drawing, touched });
  const commit = () => {
    clearTimeout(held.current.timer);
    const { drawing: now, touched: changed } = held.current;
    const body = book.body(subject);
    if (!changed || !body || body.removed) return;
    const overlay = now.overlay.filter((shape) => shape.type !== "text" || shape.text?.trim());
    if (JSON.stringify([overlay, now.mosaic]) === JSON.stringify([body.overlay ?? [], body.mosaic ?? []])) return;
    record(book, subject, { ...body, overlay, mosaic: now.mosaic });
  };
  useEffect(() => {
    clearTimeout(held.current.timer);
    held.current.timer = setTimeout(commit, PAUSE);
  }, [drawing]);
  useEffect(() => {
    window.addEventListener("pagehide", commit);
    return () => { window.removeEventListener("pagehide", commit); commit(); };
  }, []);
}

function TextBox({ onText, onDone }) {
  const box = useRef(null);
  useEffect(() => box.current.focus(), []);
  return html`<form class="text-box" onSubmit=${(event) => { event.preventDefault(); onDone(); }}>
    <label class="field"><span>${t("Text on the photo")}</span>
      <input ref=${box} maxlength="60" onInput=${(event) => onText(event.target.value)} /></label>
    <button type="submit">${t("Done")}</button></form>`;
}

/** The picture on a canvas (mosaics pixelated), the shapes above it, and the finger. */
function Stage({ uuid, drawing, tool, colour, readOnly, writing, onDraw }) {
  const canvas = useRef(null);
  const [picture, setPicture] = useState(null);
  const [failed, setFailed] = useState(false);
  const [stroke, setStroke] = useState(null);
  useEffect(() => {
    const image = new Image();
    image.onload = () => setPicture(image);
    image.onerror = () => setFailed(true);
    pictureAddress(uuid, "view").then((address) => { if (address) image.src = address; else setFailed(true); });
  }, [uuid]);
  const patches = stroke?.type === "mosaic" ? [...drawing.mosaic, asPatch(stroke)] : drawing.mosaic;
  useEffect(() => { if (picture) paint(canvas.current, picture, patches); }, [picture, patches.length, stroke]);
  if (failed) return html`<p class="no-picture big">${t("This photo cannot be shown on this tablet (HEIC). It is kept and will be shown once the server received it.")}</p>`;
  if (!picture) return html`<p class="no-picture big">${t("Loading…")}</p>`;
  const at = (event) => {
    const box = canvas.current.getBoundingClientRect();
    const clamp = (value) => Math.min(1, Math.max(0, Math.round(value * 10_000) / 10_000));
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  };
  const down = (event) => {
    if (readOnly || !event.isPrimary) return;
    const [x, y] = at(event);
    event.preventDefault();
    if (tool === "text") { onDraw({ type: "text", x1: x, y1: y, x2: x, y2: y, text: "", colour }); return; }
    event.currentTarget.setPointerCapture(event.pointerId);
    setStroke({ type: tool, x1: x, y1: y, x2: x, y2: y, ...(tool === "mosaic" ? {} : { colour }) });
  };
  const move = (event) => {
    if (!stroke) return;
    const [x2, y2] = at(event);
    setStroke({ ...stroke, x2, y2 });
  };
  const up = () => {
    if (stroke && Math.hypot(stroke.x2 - stroke.x1, stroke.y2 - stroke.y1) > SMALLEST) onDraw(stroke);
    setStroke(null);
  };
  const shapes = stroke && stroke.type !== "mosaic" ? [...drawing.overlay, stroke] : drawing.overlay;
  return html`<div class="stage ${readOnly ? "" : "drawable"}" onPointerDown=${down} onPointerMove=${move} onPointerUp=${up} onPointerCancel=${() => setStroke(null)}>
    <canvas ref=${canvas} width=${picture.naturalWidth} height=${picture.naturalHeight} role="img" aria-label=${t("Photo")}></canvas>
    <${Overlay} shapes=${shapes} mosaic=${[]} width=${picture.naturalWidth} height=${picture.naturalHeight} fit="meet" selected=${writing} />
  </div>`;
}

const asPatch = ({ x1, y1, x2, y2 }) => ({ x: Math.min(x1, x2), y: Math.min(y1, y2), w: Math.abs(x2 - x1), h: Math.abs(y2 - y1) });

function paint(canvas, picture, patches) {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0, width, height);
  const block = Math.max(width, height) / BLOCKS;
  const small = document.createElement("canvas");
  for (const patch of patches) {
    const [x, y, w, h] = [patch.x * width, patch.y * height, patch.w * width, patch.h * height];
    if (w < 1 || h < 1) continue;
    small.width = Math.max(1, Math.round(w / block));
    small.height = Math.max(1, Math.round(h / block));
    small.getContext("2d").drawImage(picture, x, y, w, h, 0, 0, small.width, small.height);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, small.width, small.height, x, y, w, h);
    context.imageSmoothingEnabled = true;
  }
}
