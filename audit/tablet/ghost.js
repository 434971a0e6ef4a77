// Takes the photo after from where the photo before was taken: the earlier picture lies pale over the live camera. Where
// a page may not show the camera, the phone's own takes the photo, and the pale picture lies over the result.

const STYLE = `
dialog.ghost{position:fixed;inset:0;width:100vw;height:100dvh;max-width:none;max-height:none;margin:0;padding:0;border:0;
 background:#000;color:#fff;overflow:hidden}
.ghost[open]{display:grid;grid-template-rows:minmax(0,1fr) auto}
.ghost .view{position:relative;min-height:0}
.ghost .view>*{position:absolute;inset:0;width:100%;height:100%;object-fit:contain}
.ghost .pale{pointer-events:none}
.ghost .foot{display:grid;gap:.6rem;padding:.75rem .9rem calc(.9rem + env(safe-area-inset-bottom));background:#111}
.ghost .hint{margin:0;color:#fff;font-size:.95rem;line-height:1.4}
.ghost label.strength{display:flex;gap:.7rem;align-items:center;margin:0;font-weight:400;font-size:.88rem;color:inherit}
.ghost input[type=range]{flex:1;min-width:0;min-height:48px;width:auto;accent-color:#fff;padding:0;border:0;background:none}
.ghost .row{display:flex;gap:.6rem;flex-wrap:wrap}
.ghost .row>*{flex:1 1 8rem;display:inline-flex;align-items:center;justify-content:center;min-height:56px;margin:0;
 padding:0 .8rem;font:inherit;font-weight:700;text-align:center;color:#fff;background:none;border:1px solid #777;
 border-radius:8px;cursor:pointer;box-sizing:border-box}
.ghost .row>.go{background:#fff;border-color:#fff;color:#000}
.ghost .row input{position:absolute;width:1px;height:1px;min-height:0;opacity:0}
.ghost :focus-visible,.ghost label:focus-within{outline:3px solid #ffcf70;outline-offset:2px}
.ghost [hidden]{display:none!important}`;
const LONGEST = 2560; // px asked of the camera, on the long side
const PALE = 45; // %: how strong the earlier picture is at first

const node = (tag, name, text = "") => {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
};

/**
 * Show the camera with the picture `before` (an address) over it, below `host`. Resolves with the File of the photo that
 * the person wants to use, null when they take none. `words`: take, use, anew, cancel, ghost, hint, camera_app, denied.
 */
export async function shoot(host, before, words) {
  const dialog = node("dialog", "ghost");
  const parts = build(dialog, before, words);
  let stream = null;
  let file = null;
  host.append(dialog);
  dialog.showModal();

  const chosen = new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "use" ? file : null);
  });
  const judge = (taken) => { // the person compares what was taken with the picture before
    file = taken;
    if (parts.still.src) URL.revokeObjectURL(parts.still.src);
    parts.still.src = URL.createObjectURL(taken);
    show(parts, "still");
  };
  parts.cancel.onclick = () => dialog.close("");
  parts.use.onclick = () => dialog.close("use");
  parts.anew.onclick = () => show(parts, stream ? "live" : "none");
  parts.take.onclick = async () => judge(await frame(parts.video));
  parts.picker.onchange = () => { if (parts.picker.files[0]) judge(parts.picker.files[0]); };

  try {
    await parts.pale.decode().catch(() => {});
    stream = await camera(parts.pale);
    parts.video.srcObject = stream;
    await parts.video.play();
    if (!parts.still.src) show(parts, "live");
  } catch {
    if (!parts.still.src) show(parts, "none");
  }
  const found = await chosen;
  for (const track of stream?.getTracks() ?? []) track.stop();
  if (parts.still.src) URL.revokeObjectURL(parts.still.src);
  dialog.remove();
  return found;
}

/** The camera at the back, in the proportions of the picture before. Throws where there is none to be had. */
function camera(picture) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("no camera");
  const shape = picture.naturalWidth ? { aspectRatio: { ideal: picture.naturalWidth / picture.naturalHeight } } : {};
  const video = { facingMode: { ideal: "environment" }, width: { ideal: LONGEST }, ...shape };
  return navigator.mediaDevices.getUserMedia({ video, audio: false });
}

/** What the camera sees now, as a file. */
async function frame(video) {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  const name = new Date().toISOString().slice(0, 19).replaceAll(/[-:T]/g, "");
  return new File([blob], `${name}.jpg`, { type: "image/jpeg" });
}

/** "live": the camera; "still": what was taken, to be compared; "none": there is no camera to be shown. */
function show(parts, what) {
  parts.video.hidden = what !== "live";
  parts.still.hidden = what !== "still";
  parts.take.hidden = what !== "live";
  parts.use.hidden = parts.anew.hidden = what !== "still";
  parts.app.hidden = what !== "none";
  parts.hint.textContent = what === "none" ? parts.words.denied : parts.words.hint;
  parts.pale.style.opacity = what === "none" ? 1 : parts.range.value / 100;
  parts.strength.hidden = what === "none";
  ({ live: parts.take, still: parts.use, none: parts.picker })[what]?.focus();
}

function build(dialog, before, words) {
  const view = node("div", "view");
  const foot = node("div", "foot");
  const row = node("div", "row");
  const parts = {
    words, video: node("video", ""), still: node("img", ""), pale: node("img", "pale"), hint: node("p", "hint", words.hint),
    strength: node("label", "strength", words.ghost), range: node("input", ""), app: node("label", "go", words.camera_app),
    picker: node("input", ""), cancel: node("button", "", words.cancel), take: node("button", "go", words.take),
    use: node("button", "go", words.use), anew: node("button", "", words.anew),
  };
  Object.assign(parts.video, { muted: true, playsInline: true, autoplay: true });
  Object.assign(parts.range, { type: "range", min: 0, max: 90, value: PALE });
  Object.assign(parts.picker, { type: "file", accept: "image/*" });
  parts.picker.setAttribute("capture", "environment");
  for (const button of [parts.cancel, parts.take, parts.use, parts.anew]) button.type = "button";
  parts.pale.src = before;
  parts.pale.alt = "";
  parts.pale.style.opacity = PALE / 100;
  parts.range.oninput = () => { parts.pale.style.opacity = parts.range.value / 100; };
  parts.strength.append(parts.range);
  parts.app.append(parts.picker);
  for (const part of [parts.video, parts.still, parts.take, parts.use, parts.anew, parts.app]) part.hidden = true;
  view.append(parts.video, parts.still, parts.pale);
  row.append(parts.cancel, parts.anew, parts.app, parts.take, parts.use);
  foot.append(parts.hint, parts.strength, row);
  dialog.append(node("style", "", STYLE), view, foot);
  return parts;
}
