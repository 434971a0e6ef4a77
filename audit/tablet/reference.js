// Reference photos: how an item should look. Their thumbnails are fetched with the bootstrap, for the time without a link.
import { Icon } from "./icons.js";
import { html, useEffect, useState } from "./lib.js";
import { Sheet } from "./sheet.js";
import { referenceKey, state } from "./state.js";
import { pick, t } from "./strings.js";

const addresses = new Map(); // sha256 → object URL, kept while the page lives

/** {thumbnail, picture}: the hashes of an item's reference photo, or undefined. */
export const referenceOf = (versionId, code) => state.snapshot?.reference_photos?.[versionId]?.[code];

/** Keep what the snapshot names in the person's database; a thumbnail that is there is not asked for again. */
export async function keepReferences() {
  const { snapshot, store } = state;
  for (const pictures of Object.values(snapshot?.reference_photos ?? {})) {
    for (const { thumbnail } of Object.values(pictures)) {
      const key = referenceKey(thumbnail);
      if (await store.picture(key, "thumb")) continue;
      const response = await fetch(`/photos/reference/${thumbnail}`, { credentials: "same-origin" });
      if (response.ok) await store.keepPicture(key, "thumb", await response.blob());
    }
  }
}

/** An address for an <img>: the copy in this tablet's database, else the server's. */
async function addressOf(sha256) {
  if (addresses.has(sha256)) return addresses.get(sha256);
  const kept = await state.store.picture(referenceKey(sha256), "thumb");
  if (!kept) return `/photos/reference/${sha256}`;
  addresses.set(sha256, URL.createObjectURL(kept));
  return addresses.get(sha256);
}

/** The thumbnail in an item's guidance; a tap shows it large, as far as the link allows. */
export function Reference({ item, pictures }) {
  const [address, setAddress] = useState(null);
  const [gone, setGone] = useState(false);
  const [large, setLarge] = useState(false);
  useEffect(() => { addressOf(pictures.thumbnail).then(setAddress); }, [pictures.thumbnail]);
  if (gone || !address) return null;
  return html`<figure class="reference"><button type="button" onClick=${() => setLarge(true)} aria-label=${t("Show the reference photo large")}>
      <img src=${address} alt=${t("Reference photo")} onError=${() => setGone(true)} /></button>
    <figcaption><${Icon} name="check" size=${16} /> ${t("This is how it should look")}</figcaption>
    ${large && html`<${Large} item=${item} pictures=${pictures} thumbnail=${address} onClose=${() => setLarge(false)} />`}</figure>`;
}

function Large({ item, pictures, thumbnail, onClose }) {
  const [address, setAddress] = useState(`/photos/reference/${pictures.picture}`);
  return html`<${Sheet} title=${`${item.code} ${t("Reference photo")}`} wide=${true} onClose=${onClose}>
    <p class="hint">${pick(item, "text")}</p>
    <img class="reference-large" src=${address} alt=${t("Reference photo")} onError=${() => setAddress(thumbnail)} /><//>`;
}
