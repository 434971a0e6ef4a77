// The duty manager's signature on the glass, or why there is none.
import { Choice, Field } from "./field.js";
import { Icon } from "./icons.js";
import { html, SignaturePad, useEffect, useRef, useState, useTopics } from "./lib.js";
import { Safety } from "./marks.js";
import { addPhoto } from "./photo.js";
import { Picture } from "./photos.js";
import { Rivals } from "./rivals.js";
import { Sheet, tell } from "./sheet.js";
import { record } from "./state.js";
import { mark, t } from "./strings.js";

const EMPTY = { status: "signed", name: "", photo_uuid: null, note: "" };
const STATUS = [
  { value: "signed", label: mark("Signs") }, { value: "refused", label: mark("Refuses to sign") },
  { value: "absent", label: mark("Not present") }, { value: "covert", label: mark("Covert visit, no signature") },
];

/** The part of a visit's form about the signature. */
export function Signature({ book, readOnly }) {
  useTopics(book.topic("signature"));
  const [signing, setSigning] = useState(false);
  const { current } = book.resolve("signature");
  const body = current?.body ?? { ...EMPTY, status: null };
  const change = (part) => record(book, "signature", { ...EMPTY, ...book.body("signature"), ...part });
  const signed = async (file) => {
    const photo_uuid = await addPhoto(book, "signature", "signature", file, "device");
    change({ status: "signed", photo_uuid });
    setSigning(false);
  };
  return html`<section class="card" id="signature"><header><h3>${t("Signature of the duty manager")}</h3><span class="grow"></span>
      <${Safety} value=${book.safety("signature")} /></header>
    <${Rivals} book=${book} subject="signature" show=${(one) => html`<span>${t(STATUS.find((status) => status.value === one.status)?.label ?? "Not rated")} ${one.name}</span>
      ${one.note && html`<q>${one.note}</q>`}
      ${one.status === "signed" && one.photo_uuid && html`<span class="small-sign"><${Picture} uuid=${one.photo_uuid} alt=${t("Signature")} /></span>`}`} />
    <${Choice} label=${t("Signature of the duty manager")} options=${STATUS.map((one) => ({ ...one, label: t(one.label) }))} value=${body.status}
      disabled=${readOnly} onChange=${(status) => change({ status })} />
    ${body.status === "signed" && html`
      <${Field} label=${t("Name of the duty manager")} value=${body.name} limit=${60} disabled=${readOnly} onCommit=${(name) => change({ name })} />
      ${body.photo_uuid ? html`<div class="signed"><${Picture} uuid=${body.photo_uuid} size="view" alt=${t("Signature")} /></div>` : null}
      ${!readOnly && html`<button type="button" class=${body.photo_uuid ? "tool" : "primary"} onClick=${() => setSigning(true)}>
        <${Icon} name="pen" /> ${body.photo_uuid ? t("Sign again") : t("Sign here")}</button>`}`}
    ${body.status && body.status !== "signed" && html`<${Field} label=${t("Remark on the signature")} value=${body.note} rows=${2} limit=${500}
      disabled=${readOnly} onCommit=${(note) => change({ note })} />`}
    ${signing && html`<${SignSheet} title=${t("Signature of the duty manager")} onClose=${() => setSigning(false)} onSigned=${signed} />`}
  </section>`;
}

/** A large sheet to sign on; gives a PNG file with a name of its own for each capture. */
export function SignSheet({ title, onClose, onSigned }) {
  const canvas = useRef(null);
  const pad = useRef(null);
  const [empty, setEmpty] = useState(true);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const box = canvas.current;
    pad.current = new SignaturePad(box, { backgroundColor: "#ffffff", penColor: "#10201a", minWidth: 1.2, maxWidth: 3.4 });
    pad.current.addEventListener("endStroke", () => setEmpty(false));
    const fit = () => { // also when the tablet is turned: what is drawn stays
      const drawn = pad.current.toData();
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      box.width = box.offsetWidth * ratio;
      box.height = box.offsetHeight * ratio;
      box.getContext("2d").scale(ratio, ratio);
      pad.current.clear();
      pad.current.fromData(drawn);
    };
    fit();
    window.addEventListener("resize", fit);
    return () => { window.removeEventListener("resize", fit); pad.current.off(); };
  }, []);
  const take = () => {
    setBusy(true);
    canvas.current.toBlob(async (blob) => {
      try {
        if (!blob) throw new Error("no picture of the signature");
        await onSigned(new File([blob], "signature.png", { type: "image/png" }));
      } catch (error) {
        console.error(error);
        tell(t("This tablet could not store the signature; free some space and sign again."), null, "bad");
        setBusy(false);
      }
    }, "image/png");
  };
  return html`<${Sheet} title=${title} wide=${true} onClose=${onClose} foot=${html`
      <button type="button" class="quiet" disabled=${empty} onClick=${() => { pad.current.clear(); setEmpty(true); }}>${t("Clear")}</button>
      <span class="grow"></span><button type="button" class="primary" disabled=${empty || busy} onClick=${take}>${t("Keep the signature")}</button>`}>
    <p class="hint">${t("Please sign with a finger or a pen in the white field.")}</p>
    <canvas class="sign-pad" ref=${canvas} aria-label=${t("Field to sign in")}></canvas><//>`;
}
