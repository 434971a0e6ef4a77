// The language of the person who is signed in: chosen here or on the pages, kept on the account.
import { call, Refused } from "./api.js";
import { writeFact } from "./device.js";
import { announce } from "./lib.js";
import { afterWrite, state } from "./state.js";
import { locale, speak } from "./strings.js";

const FACT = "locale"; // in the person's own database: what they chose and the server does not know yet

/** What the browser asks for, as long as nobody is known. */
export const browserLocale = () => (navigator.language.startsWith("en") ? "en" : "zh_CN");

/** Speak the language chosen on this tablet, else the account's, else the browser's. */
export async function followPerson() {
  const wanted = (await state.store?.fact(FACT)) || state.user?.locale || browserLocale();
  if (wanted === locale() && document.documentElement.dataset.ready) return;
  await speak(wanted);
  announce("locale");
}

/** Speak another language from now on; the account learns of it as soon as there is a link. */
export async function chooseLocale(wanted) {
  await state.store.keepFact(FACT, wanted);
  await followPerson();
  afterWrite.poke();
}

/** Tell the server what was chosen here. Throws as `call` does, but for a refusal: then the account's word holds. */
export async function sendLocale() {
  const { store, user } = state;
  const wanted = await store.fact(FACT);
  if (!wanted) return;
  try {
    await call("PUT", "/locale", { body: { locale: wanted }, owner: user.id });
    if (state.user.id === user.id) {
      state.user = { ...user, locale: wanted };
      await writeFact("user", state.user);
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    console.error(error);
  }
  if ((await store.fact(FACT)) === wanted) await store.forgetFact(FACT);
}
