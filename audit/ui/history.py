"""The browser's history, when one page leads to another.

Streamlit's switch of pages makes two steps of it: the page one comes from under the parameters of the one to come, then
the page to come. The first is a page nobody was on, and under its foreign `?id=` it shows another thing: going back
from a visit would open the round of the same number. The second step takes its place here.
"""

ONE_STEP = """
const SOON = 2000;  // ms between the two steps of one switch, on a slow link
if (!history.inOneStep) {
  history.inOneStep = true;
  const push = history.pushState.bind(history);
  let first = null;  // a step that changed only the parameters
  history.pushState = (state, title, url) => {
    const to = new URL(url, location.href), stays = to.pathname === location.pathname;
    const second = !stays && first?.address === location.href && to.search === location.search
      && performance.now() - first.at < SOON;
    if (second) history.replaceState(state, title, url); else push(state, title, url);
    first = stays ? { address: location.href, at: performance.now() } : null;
  };
}
"""
