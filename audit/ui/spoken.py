"""What Streamlit says to screen readers alone (`aria-label`), in English whatever the language: said in the person's.

A few names of its widgets have no parameter. They are replaced as they appear, in the page itself.
"""

import json

from audit.i18n import translator
from audit.ui.words import N_

# fmt: off
LABELS = (
    N_("Add files"), N_("App pages"), N_("Choose date"), N_("Choose date range"), N_("Clear all"), N_("Clear date"),
    N_("Clear dates"), N_("Clear entry"), N_("Clear value"), N_("Close"), N_("Decrement"), N_("Dismiss"),
    N_("file upload"), N_("Hide password"), N_("Increment"), N_("Main menu"), N_("Next month"), N_("Notifications"),
    N_("Previous month"), N_("Running..."), N_("Selected values"), N_("Show password"), N_("Stop script"),
)
# fmt: on
OTHERWISE = {"Open": N_("Show the choices")}  # a word of which a state makes other use
BEGINNINGS = (N_("Remove {what}"), N_("Shortcut {what}"), N_("Upload {what}"))  # of a file, a key, a field

# The language may change without the page being loaded again: what was said before is taken back first.
JS = """(() => {
  const labels = %s, beginnings = %s;
  window.roundsSpoken?.disconnect();
  for (const one of document.querySelectorAll('[data-unspoken]')) {
    one.setAttribute('aria-label', one.dataset.unspoken);
    delete one.dataset.unspoken;
  }
  const said = (label) => labels[label] ?? beginnings.filter(([begin]) => label.startsWith(begin))
    .map(([begin, text]) => text.replace('{what}', () => label.slice(begin.length)))[0];
  const say = (one) => {
    const label = one.getAttribute?.('aria-label'), words = label && said(label);
    if (words && words !== label) { one.dataset.unspoken = label; one.setAttribute('aria-label', words); }
  };
  const all = (place) => { say(place); place.querySelectorAll?.('[aria-label]').forEach(say); };
  window.roundsSpoken = new MutationObserver((seen) => {
    for (const { target, addedNodes } of seen) { say(target); addedNodes.forEach(all); }
  });
  window.roundsSpoken.observe(document.body, { subtree: true, childList: true, attributeFilter: ['aria-label'] });
  all(document.body);
})();"""


def script(locale: str) -> str:
    """The script for a page in this language; in English it only takes back what another language said."""
    _ = translator(locale)
    english = locale.startswith("en")
    labels = {} if english else {text: _(OTHERWISE.get(text, text)) for text in (*LABELS, *OTHERWISE)}
    beginnings = [] if english else [[text.removesuffix("{what}"), _(text)] for text in BEGINNINGS]
    return JS % tuple(json.dumps(words, ensure_ascii=False) for words in (labels, beginnings))
