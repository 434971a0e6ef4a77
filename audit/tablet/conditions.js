// When an item is shown: the tree that audit/domain/conditions.py describes.

const WORTH = { pass: 1, partial: 0.5, fail: 0 };

/** Whether a condition is true of these ratings (item code → rating; missing or null: no answer yet). */
export function holds(condition, ratings) {
  if (condition.op === "and") return condition.of.every((part) => holds(part, ratings));
  if (condition.op === "or") return condition.of.some((part) => holds(part, ratings));
  const rating = ratings[condition.code] ?? "";
  const equal = typeof condition.value === "string"
    ? rating === condition.value
    : rating in WORTH && WORTH[rating] === condition.value;
  return condition.op === "=" ? equal : !equal;
}

/** The codes of the items that are asked, in order; a hidden item counts as not answered for those behind it. */
export function visibleCodes(checklist, ratings) {
  const shown = new Set();
  const counted = {};
  for (const section of checklist.sections) {
    for (const item of section.items) {
      if (item.show_if && !holds(item.show_if, counted)) continue;
      shown.add(item.code);
      counted[item.code] = ratings[item.code];
    }
  }
  return shown;
}
