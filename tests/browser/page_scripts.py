"""Scripts that tell what stands on a page: its text, whether it is drawn, what is too wide, whose words it speaks."""

# Text of the page, of its components' shadow roots too, as a person reads it.
TEXT = """() => {
  const told = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) { told.push(node.textContent); return; }
    if (['STYLE', 'SCRIPT', 'NOSCRIPT'].includes(node.tagName)) return;
    if (node.placeholder) told.push(node.placeholder);
    for (const child of [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes]) walk(child);
  };
  walk(document.querySelector('[data-testid=stApp]'));
  return told.join('\\n');
}"""
DRAWN = """() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const full = (host) => {
    const inside = all('[data-testid=stBidiComponentIsolated]', host).find((one) => one.shadowRoot)?.shadowRoot;
    const boxes = inside ? all('.rows,.drawing,.gallery,.upload,.draft', inside) : [];
    return boxes.length && boxes.every((box) => box.children.length);
  };
  return !all('[data-testid=stSkeleton]').length && all('.stElementContainer').every((place) => place.childElementCount)
    && all('.stBidiComponent').every(full);
}"""
# Menus that found no room: Streamlit puts them behind "7 more", in English, where nobody looks for the day's work.
BEHIND_MORE = """() => [...document.querySelectorAll('[data-testid=stTopNavSection]')].some(
  (menu) => /^\\d+ more$/.test(menu.innerText.trim()) && !menu.closest('[aria-hidden=true]'))"""
TOO_WIDE = """() => {
  const wide = [];
  const walk = (node) => {
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    if (style.visibility === 'hidden' || style.display === 'none') return;
    if (box.width > 1 && box.right > innerWidth + 1) wide.push(`${node.tagName} ${node.textContent.slice(0, 40)}`);
    if (['hidden', 'clip'].includes(style.overflowX)) return;
    for (const child of [...(node.shadowRoot?.children ?? []), ...node.children]) walk(child);
  };
  walk(document.querySelector('[data-testid=stMain]').parentElement);
  for (const child of document.querySelector('[data-testid=stMainBlockContainer]').children) walk(child);
  return wide.slice(0, 5);
}"""
# Streamlit's own words that a person can see, whatever hides or covers the others.
ENGLISH = """() => {
  const own = /select all|no results|upload|drag and drop|browse|per file|press enter|not allowed|must be/i;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), seen = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const place = node.parentElement, style = getComputedStyle(place), box = place.getBoundingClientRect();
    const drawn = parseFloat(style.fontSize) && style.visibility !== 'hidden' && box.width > 1 && box.height > 1;
    const icon = place.closest('[data-testid=stIconMaterial],style,script');
    if (drawn && !icon && own.test(node.textContent)) seen.push(node.textContent);
  }
  return seen;
}"""
DRAWN_INSTEAD = """(place) => {
  const found = document.querySelector(place);
  return found && getComputedStyle(found, '::after').content.replaceAll('"', '');
}"""
DRAG = """(names) => {
  const files = new DataTransfer();
  files.items.add(new File(['x'], 'a.pdf'));
  for (const name of names) {
    const event = new DragEvent(name, { bubbles: true, dataTransfer: files });
    document.querySelector('[data-testid=stFileUploaderDropzone]').dispatchEvent(event);
  }
}"""
