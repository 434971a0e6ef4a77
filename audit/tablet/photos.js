// Photos of one subject: take, pick, see how safe each is, open one to mark it.
import { Icon } from "./icons.js";
import { html, memo, useEffect, useState, useTopics } from "./lib.js";
import { Safety } from "./marks.js";
import { Overlay } from "./overlay.js";
import { addPhoto, followPlace, isAtServer, NotAPhoto, pictureAddress } from "./photo.js";
import { Rivals } from "./rivals.js";
import { tell } from "./sheet.js";
import { state } from "./state.js";
import { explain, formatInstant, pick, t } from "./strings.js";

/** `roles[0]` is given to new photos; photos of any of `roles` are shown. `children` are further tools in the row. */
export const Photos = ({ book, attachedTo, roles, title = "", needed = false, readOnly = false, onPhoto, children }) => {
  const [busy, setBusy] = useState(0);
  const photos = book.photos(attachedTo).filter((photo) => roles.includes(photo.body.role));
  const take = async (event, source) => {
    const files = [...event.target.files];
    event.target.value = "";
    setBusy((n) => n + files.length);
    for (const file of files) {
      try {
        await addPhoto(book, attachedTo, roles[0], file, source);
      } catch (error) {
        const reason = error instanceof NotAPhoto ? explain(error.problem) : t("This tablet could not store the photo; free some space and take it again.");
        tell(`${file.name}: ${reason}`, null, "bad");
        if (!(error instanceof NotAPhoto)) console.error(error);
      }
      setBusy((n) => n - 1);
    }
  };
  return html`<div class="photos">${title && html`<h4>${title}</h4>`}
    ${(photos.length > 0 || busy > 0) && html`<ul class="strip">
      ${photos.map((photo) => html`<${Tile} key=${photo.uuid} book=${book} photo=${photo} onOpen=${onPhoto} />`)}
      ${Array.from({ length: busy }, (_, n) => html`<li class="tile busy" key=${n}><span>${t("Saving…")}</span></li>`)}</ul>`}
    ${book.disputedPhotos(attachedTo, roles).map((uuid) => html`<${PhotoRivals} key=${uuid} book=${book} uuid=${uuid} />`)}
    ${(!readOnly || children) && html`<div class="tools">
      ${!readOnly && html`<${Pick} className=${needed && !photos.length ? "needed" : ""} icon="camera" word=${t("Camera")} capture="environment"
        onPick=${(event) => take(event, "camera")} />
      <${Pick} icon="gallery" word=${t("Gallery")} multiple=${true} onPick=${(event) => take(event, "gallery")} />`}
      ${children}</div>`}
  </div>`;
};

const Pick = ({ icon, word, onPick, capture, multiple = false, className = "" }) => html`
  <label class="tool ${className}" onClick=${capture ? followPlace : undefined}><${Icon} name=${icon} /> <span>${word}</span>
    <input class="hidden" type="file" accept="image/*,.heic,.heif" capture=${capture} multiple=${multiple} onChange=${onPick} aria-label=${word} /></label>`;

/** Two people's versions of one photo (caption, marks, mosaic, removal), for the leader to choose. */
export const PhotoRivals = ({ book, uuid, onChosen }) => html`<${Rivals} book=${book} subject=${`photo:${uuid}`} onChosen=${onChosen} show=${(one) => html`
  <span class="tile-picture"><${Picture} uuid=${uuid} alt=${one.caption} /><${Overlay} shapes=${one.overlay ?? []} mosaic=${one.mosaic ?? []} /></span>
  ${one.removed ? html`<i>${t("Removed by this person")}</i>` : one.caption ? html`<q>${one.caption}</q>` : html`<i>${t("No caption")}</i>`}`} />`;

/** The hall, or the branch whose meeting it is: where a photo was taken. */
export function whereTaken(book) {
  const { visits, assignments } = state.snapshot ?? { visits: [], assignments: [] };
  const visit = visits.find((one) => one.id === book.place.visit_id);
  return pick(visit?.outlet ?? assignments.find((one) => one.id === book.place.assignment_id)?.inspected, "name");
}

/** One thumbnail with its marks; drawn again only when its own records change. */
const Tile = memo(({ book, photo, onOpen }) => {
  useTopics(book.topic(`photo:${photo.uuid}`));
  const { body } = photo;
  return html`<li class="tile"><button type="button" onClick=${() => onOpen(photo.uuid)} aria-label=${t("Open the photo {caption}", { caption: body.caption })}>
    <${Picture} uuid=${photo.uuid} alt=${body.caption} />
    <${Overlay} shapes=${body.overlay ?? []} mosaic=${body.mosaic ?? []} />
    <span class="tile-strip"><b>${whereTaken(book)}</b> <span>${formatInstant(body.captured_at)}</span></span>
    <${Safety} value=${worst(book.photoSafety(photo.uuid), book.safety(`photo:${photo.uuid}`))} brief=${true} /></button>
    ${body.caption && html`<span class="tile-caption">${body.caption}</span>`}</li>`;
});

const ORDER = ["failed", "parked", "saving", "elsewhere", "saved", "received"];

/** The less safe of two: a photo is received when its bytes and its record both are. */
export const worst = (a, b) => ORDER[Math.min(ORDER.indexOf(a), ORDER.indexOf(b))] ?? a;

export function Picture({ uuid, size = "thumb", alt = "", onSize }) {
  const [address, setAddress] = useState(null);
  const [broken, setBroken] = useState(false);
  const atServer = isAtServer(uuid); // when it gets there, the server may have a picture that this tablet could not make
  useEffect(() => {
    let alive = true;
    pictureAddress(uuid, size).then((found) => {
      if (!alive) return;
      setAddress(found);
      setBroken(!found);
    });
    return () => { alive = false; };
  }, [uuid, size, atServer]);
  if (broken) return html`<span class="no-picture"><${Icon} name="gallery" size=${28} /> ${t("No preview on this tablet yet")}</span>`;
  return address && html`<img src=${address} alt=${alt} decoding="async" draggable=${false} onError=${() => setBroken(true)}
    onLoad=${(event) => onSize?.(event.target.naturalWidth, event.target.naturalHeight)} />`;
}
