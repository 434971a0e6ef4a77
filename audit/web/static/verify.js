// Holds a file against what was issued. Only the fingerprint leaves this device, and only when no document was asked for.
"use strict";

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function say(text, kind, file = "", fingerprint = "") {
  const result = document.getElementById("result");
  result.hidden = false;
  result.className = `verdict ${kind}`;
  const sign = { right: "✓ ", wrong: "✕ " }[kind] ?? "";
  result.replaceChildren(`${sign}${text}`);
  for (const [name, more] of [["span", file], ["code", fingerprint]]) {
    if (!more) continue;
    const part = document.createElement(name);
    part.textContent = more;
    result.append(part);
  }
  result.scrollIntoView({ block: "nearest" });
}

async function lookUp(fingerprint) {
  const language = new URLSearchParams(location.search).get("lang");
  const answer = await fetch(`/verify/${fingerprint}${language ? `?lang=${language}` : ""}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("verify");
  if (!page || ![200, 404].includes(answer.status)) {
    location.assign(`/verify/${fingerprint}`);
    return null;
  }
  document.getElementById("verify").replaceWith(page);
  listen();
  return answer.status === 200;
}

async function hold(file) {
  const texts = { ...document.getElementById("file").dataset };
  if (!globalThis.crypto?.subtle) return say(texts.insecure, "wrong");
  say(texts.busy, "busy", file.name);
  let fingerprint;
  try {
    fingerprint = hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  } catch {
    return say(texts.unread, "wrong", file.name);
  }
  const issued = document.getElementById("verify").dataset.fingerprints.split(" ").filter(Boolean);
  if (issued.length) {
    const right = issued.includes(fingerprint);
    return say(right ? texts.right : texts.wrong, right ? "right" : "wrong", file.name, fingerprint);
  }
  const known = await lookUp(fingerprint);
  if (known !== null) say(known ? texts.right : texts.unknown, known ? "right" : "wrong", file.name, fingerprint);
}

function listen() {
  const field = document.getElementById("file");
  field.addEventListener("change", () => {
    if (field.files.length) hold(field.files[0]);
    field.value = ""; // the same file may be chosen again
  });
}

for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault(); // a file dropped beside the field would open in place of the page
    if (name === "drop" && event.dataTransfer.files.length) hold(event.dataTransfer.files[0]);
  });
}
listen();
